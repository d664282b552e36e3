import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, type Server, type Socket } from 'node:net';
import { BytesBody } from '../../src/core/bytes-body.js';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { until } from '../support/until.js';
import { sleep } from '../support/within.js';
import { serveDocuments, type Harness } from './harness.js';
import { describeAdapters } from './support/adapters.js';
import { forEachPlace } from './support/places.js';
import { StallingBody } from './support/stalling-body.js';
import { WatchedReads } from './support/watched-reads.js';

/** More than the buffers of two sockets hold. */
const SIZE = 32_000_000;
const REQUEST = 'GET /api/documents/objects/large HTTP/1.1\r\nHost: x\r\n\r\n';
let server: Harness;
let reads: WatchedReads;
let sockets: Socket[];

/** A client that reads nothing until it is told to. */
function client(text = REQUEST): Socket {
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => undefined).pause();
  socket.write(text);
  sockets.push(socket);
  return socket;
}

/** How many connections the server has. */
function connections(): Promise<number> {
  const http = server.app.getHttpServer() as Server;
  return new Promise((resolve, reject) =>
    http.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );
}

beforeEach(() => {
  sockets = [];
});
afterEach(async () => {
  sockets.forEach((socket) => socket.destroy());
  await server.close();
});

forEachPlace(({ open }) => {
  describe('A client that takes nothing', () => {
    it('is cut off, and its body is released', async () => {
      const { backend, destroy } = await open();
      reads = new WatchedReads(backend);
      server = await serveDocuments({ stallTimeoutMs: 400 }, { backend: reads.backend, destroy });
      await server.storage.put('large', Buffer.alloc(SIZE));
      client();
      await until(() => reads.gets === 1);
      await until(async () => (await connections()) === 0 && reads.running === 0 && reads.open === 0);
      expect(await server.storage.text('large', { range: { start: 0, end: 0 } })).toBe('\0');
    });
  });
});

describeAdapters('With a limit for clients that stall', () => {
  const start = async (stallTimeoutMs: number): Promise<void> => {
    reads = new WatchedReads(new MemoryBackend());
    server = await serveDocuments({ stallTimeoutMs }, { backend: reads.backend });
    await server.storage.put('large', Buffer.alloc(SIZE));
    await server.storage.put('small', 'abc');
  };

  it('one that takes a little now and then gets everything', async () => {
    await start(3_000);
    const socket = client();
    let received = 0;
    let enough = 0;
    socket.on('data', (chunk) => {
      received += chunk.length;
      if (received >= enough) socket.pause();
    });
    // Longer than the limit, with breaks that are far shorter.
    for (let i = 0; i < 11; i++) {
      enough += 2_000_000;
      socket.resume();
      await sleep(300);
    }
    expect(received).toBeLessThan(SIZE);
    enough = Infinity;
    socket.resume();
    await until(() => received > SIZE);
  });

  it('one that takes nothing of a body in memory is cut off', async () => {
    await start(400);
    reads.body = () => new BytesBody(Buffer.alloc(SIZE));
    client();
    await until(() => reads.gets === 1);
    await until(async () => (await connections()) === 0);
  });

  it('one that waits for the storage is not cut off', async () => {
    await start(100);
    const body = new StallingBody(3, 400);
    reads.body = () => body;
    const response = await fetch(`${server.url}/api/documents/objects/small`);
    expect((await response.arrayBuffer()).byteLength).toBe(3);
  });

  it('a connection that waits for its next request has the time that the server gives it', async () => {
    await start(100);
    const socket = client('GET /api/documents/objects/small HTTP/1.1\r\nHost: x\r\n\r\n');
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.resume();
    await until(() => text.endsWith('abc'));
    await sleep(500);
    socket.write('GET /api/documents/objects/small HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => text.split('abc').length === 3);
  });

  it('of 0 none is cut off', async () => {
    await start(0);
    const socket = client();
    let received = 0;
    await sleep(600);
    socket.on('data', (chunk) => (received += chunk.length)).resume();
    await until(() => received > SIZE);
  });
});
