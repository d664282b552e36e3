import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { connect, type Server, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { StorageHttpModule } from '../../src/http/index.js';
import { StorageModule } from '../../src/storage/storage.module.js';
import { until } from '../support/until.js';
import { sleep, within } from '../support/within.js';
import { boot, type Harness } from './harness.js';
import { forEachPlace } from './support/places.js';
import { WatchedReads } from './support/watched-reads.js';

const MIB = 1024 * 1024;
const SIZE = 100 * MIB;
const CLIENTS = 50;
/** Each holds two blocks of the body, one that is sent and one that is read; here are its own buffers, too, and garbage. */
const EACH = 4 * MIB;
let server: Harness;
let reads: WatchedReads;
let sockets: Socket[];
let descriptors: number;

const MiB = (bytes: number): number => Math.round(bytes / MIB);

/** Of this process, which is the server and its clients. */
const descriptorsNow = (): number => readdirSync('/proc/self/fd').length;

function connections(): Promise<number> {
  const http = server.app.getHttpServer() as Server;
  return new Promise((resolve, reject) =>
    http.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );
}

/** A client that reads nothing until it is told to. */
function client(): Socket {
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => undefined).pause();
  socket.write('GET /api/documents/objects/large HTTP/1.1\r\nHost: x\r\n\r\n');
  sockets.push(socket);
  return socket;
}

/** Lets a client take up to 64 KiB twenty times a second. */
function drip(socket: Socket): void {
  const timer = setInterval(() => void socket.read(), 50);
  socket.once('close', () => clearInterval(timer));
}

/** The most that buffers, and the process, take more than they did before, while `ms` milliseconds pass and until `isOver`. */
async function peak(
  ms: number,
  isOver: () => boolean,
  before: NodeJS.MemoryUsage,
): Promise<{ buffers: number; rss: number }> {
  const most = { buffers: 0, rss: 0 };
  const [least, last] = [ms, 5 * ms].map((one) => Date.now() + one) as [number, number];
  for (; Date.now() < least || (!isOver() && Date.now() < last); await sleep(20)) {
    const now = process.memoryUsage();
    most.buffers = Math.max(most.buffers, now.external - before.external);
    most.rss = Math.max(most.rss, now.rss - before.rss);
  }
  return most;
}

beforeEach(() => {
  sockets = [];
});
afterEach(async () => {
  sockets.forEach((socket) => socket.destroy());
  await server.close();
});

forEachPlace(
  ({ name, open }) => {
    describe(`${CLIENTS} clients that take little or nothing of ${SIZE / MIB} MiB`, () => {
      beforeEach(async () => {
        const { backend, destroy } = await open();
        reads = new WatchedReads(backend);
        server = await boot(
          [
            StorageModule.forRoot({ name: 'documents', backend: reads.backend, shutdownTimeoutMs: 300 }),
            StorageHttpModule.forRoot({
              storages: { documents: { operations: ['get'] } },
              authorize: () => true,
            }),
          ],
          { force: false, destroy },
        );
        const block = Buffer.alloc(MIB);
        const blocks = Array.from({ length: SIZE / MIB }, () => block);
        await server.storage.put('large', Readable.from(blocks), { size: SIZE });
        descriptors = descriptorsNow();
      }, 60_000);

      it('are sent what they take, in little memory, and end with the application', async () => {
        const before = process.memoryUsage();
        for (let at = 0; at < CLIENTS; at++) {
          const socket = client();
          if (at % 2 === 0) drip(socket);
        }
        await until(() => reads.open === CLIENTS, 20_000);
        const taken = (): number =>
          Math.min(...sockets.filter((_, at) => at % 2 === 0).map((one) => one.bytesRead));
        const { buffers, rss } = await peak(4_000, () => taken() > MIB, before);
        process.stdout.write(
          `${name}: ${MiB(buffers)} MiB of buffers, ${MiB(rss)} MiB of memory for ${CLIENTS} clients\n`,
        );
        // Nobody has got all, and all are served still.
        expect([reads.open, await connections()]).toEqual([CLIENTS, CLIENTS]);
        expect(taken()).toBeGreaterThan(MIB);
        expect(buffers).toBeLessThan(CLIENTS * EACH);
        expect(rss).toBeLessThan(2 * CLIENTS * EACH);

        await within(server.app.close(), 'the end of the application', 15_000);
        expect([reads.running, reads.open]).toEqual([0, 0]);
        sockets.forEach((socket) => socket.resume());
        await until(() => sockets.every((socket) => socket.destroyed));
        await until(() => descriptorsNow() < descriptors);
      }, 60_000);
    });
  },
  undefined,
  ['local', 'versitygw'],
);
