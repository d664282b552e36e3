import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../src/backends/local/backend.js';
import type { FileScanner } from '../../src/http/index.js';
import { within } from '../support/within.js';
import { keysOf, serveDocuments, type Harness } from './harness.js';
import { describeAdapters } from './support/adapters.js';

const BYTES = 50_000;
const BEFORE =
  '--XX\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n';
const AFTER = '\r\n--XX--\r\n';

const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

/** Sends a body of which every byte is a chunk of its own. @returns The first line of the answer. */
async function send(port: number, head: string, before = '', after = ''): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  try {
    const answer = new Promise<string>((resolve) =>
      socket.once('data', (data) => resolve(String(data).split('\r\n')[0] ?? '')),
    );
    socket.write(`${head}\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
    if (before !== '') socket.write(chunk(before));
    socket.write(chunk('x').repeat(BYTES));
    socket.write(`${after === '' ? '' : chunk(after)}0\r\n\r\n`);
    return await within(answer, 'the answer', 30_000);
  } finally {
    socket.destroy();
  }
}

describeAdapters('A body of which every byte is a chunk', (adapter) => {
  let root: string;
  let server: Harness;
  let chunks: number;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'stowage-tiny-'));
    chunks = 0;
    // Of all that a body passes a scanner is the last that sees how it came.
    const scanner: FileScanner = {
      async scan(content) {
        content.on('data', () => chunks++);
        await once(content, 'end');
        return 'clean';
      },
    };
    const signing = {
      secret: 'a secret of the tests, long enough',
      baseUrl: 'http://files.test',
      storage: 'documents',
    };
    const backend = new LocalBackend({ root, durability: 'rename', signing });
    server = await serveDocuments({ scanner }, { backend });
  });
  afterEach(async () => {
    await server.close();
    await rm(root, { recursive: true, force: true });
  });

  it(`waits in few buffers, in a form on ${adapter}`, async () => {
    const head = 'POST /api/documents/upload HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=XX';
    expect(await send(server.port, head, BEFORE, AFTER)).toBe('HTTP/1.1 201 Created');
    expect(chunks).toBeLessThan(500);
    const [key = ''] = await keysOf(server.storage);
    expect(await server.storage.text(key)).toBe('x'.repeat(BYTES));
  }, 60_000);

  it(`waits in few buffers, at a signed URL on ${adapter}`, async () => {
    const { url } = await server.storage.signedUrl('a.txt', { method: 'PUT' });
    const head = `PUT ${url.replace('http://files.test', '')} HTTP/1.1\r\nContent-Type: text/plain`;
    expect(await send(server.port, head)).toBe('HTTP/1.1 200 OK');
    expect(chunks).toBeLessThan(500);
    expect(await server.storage.text('a.txt')).toBe('x'.repeat(BYTES));
  }, 60_000);
});
