import { beforeAll, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { until } from '../support/until.js';
import { within } from '../support/within.js';
import { forEachWorld } from './hostile/support/use-world.js';
import type { World } from './hostile/support/world.js';

/** Of each server, of which there are two on each adapter: STOWAGE_ABORTS is for both places. */
const aborts = ({ place }: Pick<World, 'place'>): number =>
  Number(process.env.STOWAGE_ABORTS ?? (place === 'local' ? 10_000 : 2_000));
/** As many as an S3 backend has connections by default: if one aborted download in thousands kept its own, the others would wait. */
const AT_ONCE = 50;
/** More than the buffers of two sockets hold. */
const SIZE = 8_000_000;
const PATH = '/api/documents/objects/large.bin';
const MIB = 1024 * 1024;
/** Bytes for half of the downloads. */
const MOST_GROWTH = 3 * MIB;

/** What is asked for: one that looks first, a part and the whole, and two on one connection. */
const REQUESTS = [
  request(),
  request('Range: bytes=1000-\r\n'),
  request('If-None-Match: "x"\r\n'),
  request().repeat(2),
];
/** Bytes after which the client goes. 0: it does not wait for any, 1: with the first ones. */
const MOMENTS = [0, 1, 100_000, 1, 0, 700_000] as const;

function request(headers = ''): string {
  return `GET ${PATH} HTTP/1.1\r\nHost: x\r\nX-User: ann\r\n${headers}\r\n`;
}

/** A download whose client goes, by closing its side or by a reset. Without `moment` it stays for a while and takes nothing. */
function abort(port: number, at: number): Promise<void> {
  const text = REQUESTS[at % REQUESTS.length] ?? '';
  const moment = at % 10 === 9 ? undefined : (MOMENTS[at % MOMENTS.length] ?? 0);
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const go = (): unknown => (at % 3 === 0 ? socket.destroy() : socket.resetAndDestroy());
    socket.on('error', () => undefined).once('close', () => resolve());
    let received = 0;
    if (moment) socket.on('data', ({ length }) => (received += length) >= moment && go());
    socket.write(text, () => {
      // At once, and a little later: while it is authorized, opened or begun.
      if (moment === 0 && at % 4 < 2) go();
      else if (!moment) setTimeout(go, at % 13);
    });
  });
}

async function abortMany({ port }: World, count: number): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) await within(abort(port, next++), 'the end of a connection', 30_000);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** How the server is when all that was aborted is over. */
async function rest(world: World): Promise<Awaited<ReturnType<World['state']>>> {
  let state = await world.state();
  await until(async () => {
    state = await world.state();
    return state.connections === 0 && state.files === 0;
  }, 15_000);
  return state;
}

/** How much as many clients get at once as there may be connections to the storage: the first one of the whole object. */
async function downloads({ port }: World): Promise<number[]> {
  const get = async (_: unknown, at: number): Promise<number> => {
    const headers = { 'X-User': 'ann', Connection: 'close', ...(at > 0 && { Range: `bytes=0-${at - 1}` }) };
    const response = await fetch(`http://127.0.0.1:${port}${PATH}`, { headers });
    return (await response.arrayBuffer()).byteLength;
  };
  return within(Promise.all(Array.from({ length: AT_ONCE }, get)), 'the downloads', 30_000);
}
const WANTED = Array.from({ length: AT_ONCE }, (_, at) => at || SIZE);

forEachWorld((world, { adapter, place }) => {
  const count = aborts({ place });
  beforeAll(async () => {
    await world().storages.documents.put('users/ann/large.bin', Buffer.alloc(SIZE));
  });

  it(`gives back all that ${count} aborted downloads have held`, async () => {
    expect(await downloads(world())).toEqual(WANTED);
    await abortMany(world(), count / 10);
    const states = [await rest(world())];
    // What is kept of each grows in every half. Other growth is code that was compiled, and pools that were filled.
    let least = Infinity;
    for (let half = 1; half <= 2 || (half <= 4 && least >= MOST_GROWTH); half++) {
      await abortMany(world(), count / 2);
      states.push(await rest(world()));
      least = Math.min(least, (states[half]?.memory ?? 0) - (states[half - 1]?.memory ?? 0));
    }
    const sizes = states.map(({ memory }) => (memory / MIB).toFixed(1)).join(', ');
    process.stdout.write(`${adapter}, ${place}: ${sizes} MiB after each ${count / 2}\n`);
    const [before, after] = [states[0]?.sockets ?? 0, states.at(-1)?.sockets];
    // Those to an S3 server are a pool, which was full once.
    expect(after).toBeLessThanOrEqual(before + (place === 's3' ? AT_ONCE : 0));
    expect(least).toBeLessThan(MOST_GROWTH);
    expect(await downloads(world())).toEqual(WANTED);
    await rest(world());
    world().assertAlive();
  }, 600_000);
});
