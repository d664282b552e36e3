import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../src/backends/local/backend.js';
import { form, keysOf, raw, serveDocuments, type Harness } from './harness.js';
import { forEachAdapter } from './support/adapters.js';
import { CONTENTS } from './support/contents.js';
import { filePart, multipart } from './support/multipart.js';
import { until } from '../support/until.js';

const DOCUMENT = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
const ALLOWED = ['image/png', 'image/jpeg', 'application/pdf', 'text/plain', DOCUMENT, 'audio/*'];
/** Content, extension and type that belong together. */
const KINDS = [
  ['png', 'png', 'image/png'],
  ['jpeg', 'jpg', 'image/jpeg'],
  ['pdf', 'pdf', 'application/pdf'],
  ['text', 'txt', 'text/plain'],
  ['docx', 'docx', DOCUMENT],
  ['mp3', 'mp3', 'audio/mpeg'],
  ['html', 'html', 'text/html'],
  ['svg', 'svg', 'image/svg+xml'],
  ['exe', 'exe', 'application/x-msdownload'],
] as const;
const REFUSED: readonly string[] = ['html', 'svg', 'exe'];

interface Answer {
  readonly key: string;
  readonly contentType: string;
}

forEachAdapter(() => {
  let folder: string;
  let server: Harness;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stowage-content-'));
    const signing = {
      secret: randomBytes(32).toString('hex'),
      baseUrl: () => server.url,
      storage: 'documents',
    };
    server = await serveDocuments(
      { operations: ['upload', 'get', 'presign'], types: ALLOWED, maxSize: 200_000 },
      { backend: new LocalBackend({ root: folder, durability: 'rename', signing }) },
    );
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const post = (content: Buffer, name: string, type = ''): Promise<Response> =>
    fetch(`${server.url}/api/documents/upload`, {
      method: 'POST',
      body: form(['file', content, name, type]),
    });
  const put = async (content: Buffer, key: string, type?: string): Promise<Response> => {
    const { url } = await server.storage.signedUrl(key, { method: 'PUT' });
    return fetch(url, {
      method: 'PUT',
      body: content,
      headers: type === undefined ? {} : { 'Content-Type': type },
    });
  };
  const ways = [
    ['a form', post],
    ['a signed PUT', put],
  ] as const;
  const detailOf = async (response: Response): Promise<string> => {
    const problem = (await response.json()) as { readonly code: string; readonly detail: string };
    return `${response.status} ${problem.code}: ${problem.detail}`;
  };
  const empty = async (): Promise<void> => {
    for (const key of await keysOf(server.storage)) await server.storage.delete(key);
  };

  describe.each(ways)('By %s, content, declared type and extension', (_way, send) => {
    it.each(KINDS.map(([content]) => content))('of %s agree, or nothing is stored', async (content) => {
      await empty();
      const stored: string[] = [];
      for (const [declared, , type] of KINDS)
        for (const [named, extension] of KINDS) {
          const name = `${declared}-${named}.${extension}`;
          const response = await send(CONTENTS[content], name, type);
          await response.arrayBuffer();
          const agrees = declared === content && named === content && !REFUSED.includes(content);
          expect([name, response.ok, response.ok ? 0 : response.status]).toEqual([
            name,
            agrees,
            agrees ? 0 : 415,
          ]);
          if (agrees) stored.push(name);
        }
      expect(await keysOf(server.storage)).toHaveLength(stored.length);
    });

    it('says which of the three do not agree, and nothing else', async () => {
      await empty();
      expect([
        await detailOf(await send(CONTENTS.jpeg, 'a.png', 'image/png')),
        await detailOf(await send(CONTENTS.jpeg, 'a.png', 'image/jpeg')),
        await detailOf(await send(CONTENTS.text, 'a.html', 'text/plain')),
        await detailOf(await send(CONTENTS.html, 'a.html', 'text/html')),
        await detailOf(await send(CONTENTS.svg, 'a.txt', 'text/plain')),
        await detailOf(await send(CONTENTS.unknown, 'a.bin', 'audio/x-of-nobody')),
      ]).toEqual([
        '415 TYPE_REFUSED: The content is not of the type image/png',
        '415 TYPE_REFUSED: The content is not what the extension ".png" stands for',
        '415 TYPE_REFUSED: The extension ".html" does not stand for the type text/plain',
        '415 TYPE_REFUSED: Content of the type text/html is not accepted here',
        '415 TYPE_REFUSED: The content is not of the type text/plain',
        '415 TYPE_REFUSED: Content of the type audio/x-of-nobody is not accepted here',
      ]);
      expect(await keysOf(server.storage)).toEqual([]);
    });

    it.each(['a.jpg.php', 'a.PHP', 'a.php.', 'a.php%00.jpg', 'a.html', '.htaccess', 'a.jsp', 'a.svg'])(
      'refuse a picture with the name %s',
      async (name) => {
        expect((await send(CONTENTS.jpeg, name, 'image/jpeg')).status).toBe(415);
      },
    );

    it('take the parameters of a type with it', async () => {
      expect((await send(CONTENTS.text, 'a.txt', 'Text/Plain; Charset=UTF-8')).ok).toBe(true);
      expect((await send(CONTENTS.html, 'a.txt', 'Text/Plain; Charset=UTF-8')).status).toBe(415);
    });

    it('take a file that has nothing only where that may be', async () => {
      expect((await send(Buffer.alloc(0), 'a.txt', 'text/plain')).ok).toBe(true);
      expect((await send(Buffer.alloc(0), 'a.png', 'image/png')).status).toBe(415);
    });

    it('are looked at before the size is known, and the size still counts', async () => {
      const rest = randomBytes(200_000);
      expect((await send(Buffer.concat([CONTENTS.png, rest]), 'a.png', 'image/png')).status).toBe(413);
      expect(
        (await send(Buffer.concat([CONTENTS.png, rest.subarray(0, 100_000)]), 'a.png', 'image/png')).ok,
      ).toBe(true);
    });
  });

  describe('A form', () => {
    it('is stored with what is found when nothing is declared, and with what was meant when that is known', async () => {
      const typeOf = async (content: Buffer, name: string, type: string): Promise<string> => {
        const response = await post(content, name, type);
        expect(response.status).toBe(201);
        const { key, contentType } = (await response.json()) as Answer;
        expect((await server.storage.head(key)).contentType).toBe(contentType);
        return contentType;
      };
      expect(await typeOf(CONTENTS.png, 'a.png', 'application/octet-stream')).toBe('image/png');
      expect(await typeOf(CONTENTS.mp3, 'song', 'application/octet-stream')).toBe('audio/mpeg');
      expect(await typeOf(CONTENTS.webm, 'a.webm', 'application/octet-stream')).toBe('audio/webm');
      expect(await typeOf(CONTENTS.docx, 'a.docx', 'application/zip')).toBe(DOCUMENT);
      expect(await typeOf(CONTENTS.csv, 'a.csv', 'application/octet-stream')).toBe('text/plain');
      expect(await typeOf(CONTENTS.jpeg, 'a.jpg', 'image/jpg')).toBe('image/jpeg');
      expect(await typeOf(CONTENTS.m4a, 'a.m4a', 'audio/x-m4a')).toBe('audio/x-m4a');
    });

    it('whose second file is refused leaves neither', async () => {
      await empty();
      const body = form(
        ['files', CONTENTS.png, 'a.png', 'image/png'],
        ['files', CONTENTS.html, 'b.txt', 'text/plain'],
      );
      const response = await fetch(`${server.url}/api/documents/upload`, { method: 'POST', body });
      expect(response.status).toBe(415);
      await until(async () => (await keysOf(server.storage)).length === 0);
    });

    it('that comes byte by byte is stored as it was sent', async () => {
      const request = multipart([filePart('a.txt', 'text that comes slowly')]);
      const at = request.indexOf('text that');
      const socket = connect(server.port, '127.0.0.1').setNoDelay();
      const answer = new Promise<string>((resolve, reject) => {
        let text = '';
        socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
        socket.once('close', () => resolve(text)).once('error', reject);
      });
      socket.write(request.slice(0, at));
      for (const byte of request.slice(at)) {
        socket.write(byte);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await answer).toMatch(/^HTTP\/1.1 201/);
    });

    it('that is cut off while its first bytes are looked at leaves nothing', async () => {
      await empty();
      const request = multipart([filePart('a.txt', 'x'.repeat(3000))]);
      for (const at of [request.length - 2900, request.length - 100]) {
        const socket = connect(server.port, '127.0.0.1');
        socket.write(request.slice(0, at));
        await new Promise((resolve) => setTimeout(resolve, 30));
        socket.destroy();
      }
      const connections = (): Promise<number> =>
        new Promise((resolve, reject) => {
          const http = server.app.getHttpServer() as Server;
          http.getConnections((error, count) => (error ? reject(error) : resolve(count)));
        });
      await raw(server.port, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      await until(async () => (await connections()) <= 2);
      expect(await keysOf(server.storage)).toEqual([]);
    });
  });
});
