import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { keyHash } from '../../../src/backends/local/metadata.js';
import { sleep } from '../../support/within.js';
import { useChildren, type Child } from './support/children.js';
import { FAST, remains, useRoots } from './support/roots.js';
import { elsewhere } from './support/strangers.js';

const roots = useRoots(FAST);
const start = useChildren();
const report = (line: string): void => void process.stdout.write(`${line}\n`);

describe('the lock of a key', () => {
  it('has one holder at a time, though holders die and are succeeded, again and again', async () => {
    const folder = roots.folder();
    const root = join(folder, 'root');
    const config = { root, held: join(folder, 'held'), hash: keyHash('k'), rounds: 120, deaths: 0.04 };
    let deaths = 0;
    let takeovers = 0;
    // For 12 seconds, and on a busy machine until enough has happened.
    const [until, limit] = [performance.now() + 12_000, performance.now() + 50_000];
    const isEnough = () => deaths > 20 && takeovers > 10 && performance.now() > until;
    const lane = async () => {
      while (!isEnough() && performance.now() < limit) {
        const taker: Child = start('taker', config);
        const code = await taker.ended();
        takeovers += taker.said.filter((message) => message === 'taken over').length;
        if (code === 'SIGKILL') deaths++;
        else await taker.done();
      }
    };
    await Promise.all([lane(), lane(), lane(), lane()]);
    report(`${deaths} holders died, ${takeovers} takeovers, no two holders at a time`);
    expect(deaths).toBeGreaterThan(20);
    expect(takeovers).toBeGreaterThan(10);

    const { backend } = roots.open(root);
    await backend.sweep();
    await backend.close();
    expect(remains(root)).toEqual([]);
    expect(readdirSync(join(root, '.stowage/tmp'))).toEqual([]);
  }, 120_000);

  it('lets every increment count once, though one counter is stopped and held for dead, again and again', async () => {
    const root = join(roots.folder(), 'root');
    const here = roots.open(root, { disk: elsewhere, leaseMs: 150 });
    await here.storage.put('counter', '0');
    const counter = start('stalling-counter', { root, ms: 8_000, leaseMs: 150 });
    let stopping = true;
    const stops = (async () => {
      let count = 0;
      for (; stopping; count++) {
        await sleep(Math.random() * 150);
        counter.signal('SIGSTOP');
        await sleep(350);
        counter.signal('SIGCONT');
      }
      return count;
    })();
    const result = counter.done<{ added: number; lost: number }>(60_000);
    const ours = (async () => {
      let added = 0;
      for (let running = true; running;) {
        void result.then(
          () => (running = false),
          () => (running = false),
        );
        const info = await here.storage.head('counter');
        const next = Number(await here.storage.text('counter', { ifMatch: info.etag }).catch(() => NaN)) + 1;
        if (Number.isNaN(next)) continue;
        const put = here.storage.put('counter', String(next), { ifMatch: info.etag });
        await put.then(
          () => added++,
          () => undefined,
        );
        await sleep(5);
      }
      return added;
    })();
    const theirs = await result;
    stopping = false;
    const [added, stopped] = [await ours, await stops];
    report(`${stopped} stops, ${theirs.added} + ${added} increments, ${theirs.lost} locks lost`);
    expect(stopped).toBeGreaterThan(5);
    expect(Number(await here.storage.text('counter'))).toBe(theirs.added + added);
  }, 90_000);
});
