import { afterEach, expect, it } from '@jest/globals';
import { createServer, ServerResponse, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { BytesBody } from '../../src/core/bytes-body.js';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { sendBody } from '../../src/http/download/send-body.js';
import { serveObject } from '../../src/http/download/serve-object.js';
import { type Harness, raw, rawGet, serveDocuments } from './harness.js';
import { describeAdapters } from './support/adapters.js';
import { WatchedReads } from './support/watched-reads.js';
import { until } from '../support/until.js';

const TEXT = '0123456789';
let server: Harness;

const get = (): Promise<Response> => fetch(`${server.url}/api/documents/objects/a.txt`);

describeAdapters('A body', () => {
  let reads: WatchedReads;
  let plain: Server | undefined;
  const waiting: Readable[] = [];
  /** A server whose first answer never ends and whose others are sent by `sendBody` at once. */
  const pipelining = async (): Promise<number> => {
    await start();
    plain = createServer((_, response) => {
      if (response.socket) return;
      const body = new Readable({ read() {} });
      waiting.push(body);
      void sendBody(body, response, 10);
    });
    await new Promise<void>((resolve) => plain?.listen(0, '127.0.0.1', resolve));
    return (plain.address() as AddressInfo).port;
  };
  const start = async (): Promise<void> => {
    reads = new WatchedReads(new MemoryBackend());
    server = await serveDocuments({}, { backend: reads.backend });
    await server.storage.put('a.txt', TEXT);
  };
  afterEach(async () => {
    plain?.close();
    await server.close();
  });

  it('that fails in the middle ends the connection', async () => {
    await start();
    reads.body = () =>
      Readable.from(
        (async function* () {
          yield Buffer.from('012');
          await new Promise((resolve) => setTimeout(resolve, 30));
          throw new Error('disk');
        })(),
        { objectMode: false },
      );
    await expect(get().then((response) => response.text())).rejects.toThrow();
    const { text } = await rawGet(server.port, '/api/documents/objects/a.txt');
    expect(text).toMatch(/^HTTP\/1.1 200[\s\S]*\r\n\r\n012$/);
  });

  const streamed = (content: string): Readable =>
    Readable.from([Buffer.from(content)], { objectMode: false });
  const inMemory = (content: string): Readable => new BytesBody(Buffer.from(content));

  it.each([
    ['0123', streamed],
    ['0123456789abc', streamed],
    ['0123', inMemory],
    ['0123456789abc', inMemory],
  ])('with another length than the object ends the connection: %s', async (content, bodyOf) => {
    await start();
    reads.body = () => bodyOf(content);
    await expect(
      Promise.race([
        get().then((response) => response.text()),
        new Promise((resolve) => setTimeout(resolve, 15_000).unref()),
      ]),
    ).rejects.toThrow();
  });

  it('that goes on after its end sends nothing more', async () => {
    await start();
    reads.body = () =>
      Readable.from(
        (async function* () {
          yield Buffer.from(TEXT);
          await new Promise((resolve) => setTimeout(resolve, 30));
          yield Buffer.from('EXTRA');
          await new Promise((resolve) => setTimeout(resolve, 5000).unref());
        })(),
        { objectMode: false },
      );
    const text = await raw(server.port, 'GET /api/documents/objects/a.txt HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(text).toMatch(/0123456789$/);
  });

  it('is released when the client goes', async () => {
    await start();
    reads.body = () => new Readable({ read() {} });
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET /api/documents/objects/a.txt HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => reads.open === 1);
    socket.destroy();
    await until(() => reads.open === 0);
  });

  it('is opened only when the earlier answers of its connection are sent', async () => {
    await start();
    const bodies: Readable[] = [];
    reads.body = () => {
      const body = new Readable({ read() {} });
      bodies.push(body);
      return body;
    };
    const finish = (body: Readable | undefined): void => {
      body?.push(TEXT);
      body?.push(null);
    };
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET /api/documents/objects/a.txt HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(15));
    await until(() => bodies.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(bodies).toHaveLength(1);
    finish(bodies[0]);
    await until(() => bodies.length === 2);
    finish(bodies[1]);
    await until(() => bodies.length === 3);
    socket.destroy();
    await until(() => reads.open === 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(reads.gets).toBe(3);
  });

  it('is released when the client goes while the answer waits for an earlier one', async () => {
    const socket = connect({ port: await pipelining(), host: '127.0.0.1' });
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(15));
    await until(() => waiting.length === 14);
    socket.destroy();
    await until(() => waiting.every(({ destroyed }) => destroyed));
  });

  it('is sent to a response that has no connection, as one that a test injects', async () => {
    await start();
    const request = { method: 'GET', url: '/', headers: {} };
    const response = new ServerResponse(request as IncomingMessage);
    Object.defineProperty(response, 'req', { value: request });
    let text = '';
    response.write = (chunk: unknown): boolean => {
      text += String(chunk);
      return true;
    };
    await serveObject(request, response, server.storage, 'a.txt');
    expect(text).toBe(TEXT);
  });

  it('is released when its headers cannot be sent', async () => {
    await start();
    reads.after = (content) => ({
      ...content,
      info: { ...content.info, contentLanguage: 'de\r\nX-Evil: 1' },
    });
    const response = await get();
    expect(response.status).toBe(500);
    expect(response.headers.get('etag')).toBeNull();
    await until(() => reads.open === 0);
  });

  it('leaves no listener on a connection that is used again', async () => {
    await start();
    const sockets = new Set<Socket>();
    const http = server.app.getHttpServer() as Server;
    http.on('connection', (socket: Socket) => sockets.add(socket));
    const request = 'GET /api/documents/objects/a.txt HTTP/1.1\r\nHost: x\r\n\r\n';
    const socket = connect(server.port, '127.0.0.1');
    const listeners = (): number => [...sockets].reduce((sum, one) => sum + one.listenerCount('close'), 0);
    let first: number | undefined;
    for (const times of [1, 20]) {
      let text = '';
      socket.removeAllListeners('data').on('data', (chunk) => (text += String(chunk)));
      socket.write(request.repeat(times));
      await until(() => text.split(TEXT).length === times + 1);
      await until(() => reads.open === 0);
      // The last answer may be about to take its own away.
      await until(() => listeners() <= (first ?? Infinity));
      first ??= listeners();
    }
    // One that is closed has none, because it was idle for too long.
    expect([...sockets].map(({ destroyed }) => destroyed)).toEqual([false]);
    socket.destroy();
  });
});
