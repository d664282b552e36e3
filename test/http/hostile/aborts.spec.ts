import { expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { keysOf } from '../harness.js';
import { PLACES } from './children/config.js';
import { BOUNDARY, file, form, UPLOAD, upload } from './support/form.js';
import { SEEDS } from './support/seeds.js';
import { forEachWorld } from './support/use-world.js';
import { exchange } from './support/wire.js';
import type { World } from './support/world.js';

/** Of each server, of which there are two on each adapter. */
const ABORTS = Number(process.env.STOWAGE_HOSTILE_ABORTS ?? 600);
/** Parts of a form that has far too many, and MiB before one that never begins. */
const PARTS = Number(process.env.STOWAGE_HOSTILE_PARTS ?? 100_000);
const PREAMBLE = Number(process.env.STOWAGE_HOSTILE_PREAMBLE ?? 20);
const AT_ONCE = 20;
const MIB = 1024 * 1024;
const MOST_GROWTH = 8 * MIB;

/** An upload whose client goes in the middle of a file, by closing its side or by a reset. */
function abort(port: number, at: number): Promise<void> {
  const body = form([file('a.bin', Buffer.alloc(40_000, at % 251), 'application/octet-stream')]);
  const bytes = Buffer.concat(
    upload(body, { headers: { Connection: 'keep-alive' } }).bytes.map((one) => Buffer.from(one as string)),
  );
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined).once('close', () => resolve());
    socket.on('data', () => undefined);
    socket.write(bytes.subarray(0, bytes.length - 60 - ((at * 97) % 39_000)), () => {
      setTimeout(() => (at % 2 === 0 ? socket.resetAndDestroy() : socket.destroy()), at % 7);
    });
  });
}

async function abortMany({ port }: World, count: number): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) await abort(port, next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** How the server is when all that was cut off is over: what a busy machine has not taken from the kernel yet, too. */
async function rest(world: World): Promise<Awaited<ReturnType<World['state']>>> {
  const end = Date.now() + 60_000;
  for (;;) {
    const state = await world.state();
    const isOver = state.connections === 0 && state.files === 0 && (await world.unfinished()).length === 0;
    if (isOver || Date.now() > end) return state;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * Bytes by which the memory of the server grows while `work` is done: the least of up to three rounds, as what is kept of each grows in
 * all of them. Other growth is code that was compiled, pools that were filled, and what the collector has not come to.
 */
async function growthOf(world: World, work: () => Promise<void>): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < 3 && least >= MOST_GROWTH; round++) {
    const before = await rest(world);
    await work();
    const after = await rest(world);
    least = Math.min(least, after.memory - before.memory);
  }
  return least;
}

async function assertNothingLeft(world: World): Promise<void> {
  world.assertAlive();
  expect(await world.unfinished()).toEqual([]);
  const keys = (await Promise.all(PLACES.map((place) => keysOf(world.storages[place])))).flat();
  expect(keys).toHaveLength(SEEDS.length);
}

forEachWorld((world) => {
  it(`keeps nothing of ${ABORTS} uploads that are aborted in the middle of a file`, async () => {
    await abortMany(world(), 100);
    const before = await rest(world());
    const growth = await growthOf(world(), () => abortMany(world(), ABORTS));
    const after = await rest(world());
    expect([after.connections, after.files]).toEqual([0, 0]);
    // Those to an S3 server are a pool.
    expect(after.sockets).toBeLessThanOrEqual(before.sockets + AT_ONCE);
    expect(growth).toBeLessThan(MOST_GROWTH);
    await assertNothingLeft(world());
  }, 300_000);

  it(`refuses a form of ${PARTS} parts, and one behind ${PREAMBLE} MiB, in little memory`, async () => {
    const head = `POST ${UPLOAD} HTTP/1.1\r\nHost: x\r\nX-User: ann\r\nContent-Type: multipart/form-data; boundary=${BOUNDARY}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const tiny = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n`;
    const parts = Buffer.from(tiny.repeat(PARTS));
    const preamble = Buffer.alloc(PREAMBLE * MIB, 'p');
    const send = async (): Promise<void> => {
      for (const body of [parts, preamble]) {
        const { status, code } = await exchange(world().port, {
          bytes: [head, `${body.length.toString(16)}\r\n`, body],
        });
        expect([status, code]).toEqual([400, 'INVALID_ARGUMENT']);
      }
    };
    await send();
    const growth = await growthOf(world(), async () => {
      await send();
      await send();
    });
    expect(growth).toBeLessThan(MOST_GROWTH);
    await assertNothingLeft(world());
  }, 300_000);
});
