import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../src/backends/local/backend.js';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { raw, serveDocuments, type Harness } from './harness.js';
import { describeAdapters } from './support/adapters.js';

/** What a rule sees as text/plain, and a browser as text/html. */
const DISGUISED = [
  'text/plain;x=,text/html',
  'text/plain;x=,text/html(a',
  'text/plain;x=,text/html a',
  'text/plain;,text/html(',
  'text/plain;x=", text/html(',
];

describeAdapters('A type that browsers read otherwise', () => {
  let folder: string;
  let server: Harness;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stowage-types-'));
    const signing = {
      secret: 'a secret of the tests, long enough',
      baseUrl: () => server.url,
      storage: 'documents',
    };
    server = await serveDocuments(
      { operations: ['upload', 'get', 'presign'], types: ['text/plain'] },
      { backend: new LocalBackend({ root: folder, durability: 'rename', signing }) },
    );
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(DISGUISED)('is not stored by a signed PUT: %j', async (type) => {
    const { pathname, search } = new URL((await server.storage.signedUrl('x.txt', { method: 'PUT' })).url);
    const answer = await raw(
      server.port,
      `PUT ${pathname}${search} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: 1\r\n\r\nx`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('is no media type');
    expect(await server.storage.exists('x.txt')).toBe(false);
  });

  it.each(DISGUISED)('is signed for nobody: %j', async (contentType) => {
    const answer = await fetch(`${server.url}/api/documents/presign`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ method: 'PUT', key: 'x.txt', contentType }),
    });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    ]);
  });
});

describeAdapters('An object whose type is none, written by others', () => {
  it.each(DISGUISED)('is an attachment in a sandbox: %j', async (contentType) => {
    const backend = new MemoryBackend();
    await backend.put('x.txt', Buffer.from('<script>'), { contentType });
    const server = await serveDocuments({}, { backend });
    const { headers } = await fetch(`${server.url}/api/documents/objects/x.txt`);
    const file = await server.storage.file('x.txt');
    await server.close();
    expect(headers.get('content-disposition')).toMatch(/^attachment/);
    expect(headers.get('content-security-policy')).toContain('sandbox');
    expect(file.getHeaders().disposition).toBe('attachment');
  });
});
