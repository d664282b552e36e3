import { afterEach, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { within } from '../support/within.js';
import { form, type Harness, keysOf, serveDocuments } from './harness.js';
import { describeAdapters } from './support/adapters.js';
import { sendEndless } from './support/endless.js';

const HEAD = 'POST /api/documents/upload HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=XX';
const PART = '--XX\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n';
const chunk = (data: string): string => `${data.length.toString(16)}\r\n${data}\r\n`;

describeAdapters('A refused body', () => {
  let server: Harness;
  afterEach(() => server.close());

  it.each([true, false])(
    'of a client that sends without end is answered early, and soon not read any more; it reads: %p',
    async (reads) => {
      server = await serveDocuments({ maxSize: 100_000 });
      const { answer, sent, sentAtAnswer } = await sendEndless(server.port, HEAD, { reads, first: PART });
      // What the server discards, and what the buffers of two sockets hold.
      expect(sent).toBeLessThan(64 * 1024 * 1024);
      expect(await keysOf(server.storage)).toEqual([]);
      if (!reads) return;
      expect(answer).toMatch(/^HTTP\/1\.1 413 /);
      expect(answer).toMatch(/\r\nConnection: close\r\n/i);
      expect(sentAtAnswer).toBeLessThan(32 * 1024 * 1024);
    },
  );

  it.each([
    ['POST', 'upload', 'multipart/form-data; boundary=XX'],
    ['POST', 'presign', 'application/unknown'],
    ['PUT', 'signed/a?X-Stowage-Signature=x', 'application/unknown'],
  ])(
    '%s %s for a storage that is not served is of no type, and soon not read',
    async (method, route, type) => {
      server = await serveDocuments({});
      const head = `${method} /api/elsewhere/${route} HTTP/1.1\r\nContent-Type: ${type}`;
      const { answer, sent } = await sendEndless(server.port, head, { first: PART });
      expect(answer).toMatch(/^HTTP\/1\.1 404 [^]*application\/problem\+json/);
      expect(sent).toBeLessThan(64 * 1024 * 1024);
    },
  );

  it('of a client that reads only when it has sent all does not cost it the answer', async () => {
    server = await serveDocuments({ maxSize: 1000, maxFiles: 1 });
    for (let i = 0; i < 5; i++) {
      const response = await fetch(`${server.url}/api/documents/upload`, {
        method: 'POST',
        body: form(['file', new Uint8Array(3_000_000), 'a.bin']),
      });
      expect(response.status).toBe(413);
    }
  });

  it.each(['HTTP/1.1\r\nConnection: close', 'HTTP/1.0'])(
    'that is short does not cost a client of one request the answer that it looks at last: %j',
    async (version) => {
      server = await serveDocuments({});
      const socket = connect(server.port, '127.0.0.1').pause();
      const ended = new Promise((resolve) => socket.once('close', resolve));
      const errors: Error[] = [];
      socket.on('error', (error) => errors.push(error));
      socket.write(
        `POST /api/documents/upload ${version}\r\nHost: x\r\nContent-Type: multipart/mixed; boundary=XX\r\nContent-Length: 60000\r\n\r\n`,
      );
      for (let piece = 0; piece < 6; piece++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        socket.write(Buffer.alloc(10_000));
      }
      let answer = '';
      socket.on('data', (data) => (answer += String(data))).resume();
      await within(ended, 'the end of the connection', 15_000);
      expect(errors).toEqual([]);
      expect(answer).toMatch(/^HTTP\/1\.1 415 /);
    },
  );

  it('that has come in any pieces is read as it is', async () => {
    server = await serveDocuments({});
    const content = '\r\n-'.repeat(40) + '\r\n--X'.repeat(40) + 'y'.repeat(70_000) + '\r\n-\r\n--';
    const body = `${PART}${content}\r\n--XX\r\nContent-Disposition: form-data; name="t"\r\n\r\n\r\n--XX--\r\n`;
    for (const size of [1, 2, 3, 5, 7, 61, 4096, 16_383, 65_537]) {
      // Single bytes of the beginning and of the end, where the boundaries are.
      const pieces: string[] = [];
      for (let at = 0; at < body.length;) {
        const step = size < 61 && at > 600 && at < body.length - 300 ? 20_000 : size;
        const end = at + step > body.length - 300 && at < body.length - 300 ? body.length - 300 : at + step;
        pieces.push(body.slice(at, end));
        at = end;
      }
      const socket = connect(server.port, '127.0.0.1');
      socket.setNoDelay(true);
      const answered = new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
      socket.write(`${HEAD}\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
      for (const piece of pieces) {
        socket.write(chunk(piece));
        if (size < 61) await new Promise((resolve) => setImmediate(resolve));
      }
      socket.write('0\r\n\r\n');
      expect(await within(answered, `the answer to pieces of ${size}`, 15_000)).toMatch(/^HTTP\/1\.1 201 /);
      socket.destroy();
    }
    for (const key of await keysOf(server.storage)) expect(await server.storage.text(key)).toBe(content);
  });
});
