import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { sleep } from '../../support/within.js';
import { useChildren, word } from './support/children.js';
import { everythingIn, FAST, keysOfFiles, keysOfMetadata, remains, useRoots } from './support/roots.js';
import { outcomes, valueOf, type Value } from './support/write-ahead-log.js';

const memory = useRoots(FAST);
const real = useRoots(tmpdir());
const start = useChildren();
const KILLS = 100;
const AT_ONCE = 2;
const KEYS = [0, 1, 2].flatMap((d) => [0, 1].flatMap((e) => [0, 1, 2, 3].map((id) => `d${d}/e${e}/${id}`)));

/** Kills a process that writes, over and over, on one root. Returns how many times it was in the middle of something. */
async function lane(
  roots: typeof real,
  durability: 'full' | 'rename',
  kills: number,
  seed: number,
): Promise<number> {
  const folder = roots.folder();
  const root = join(folder, 'root');
  let values = new Map<string, Value>();
  let interrupted = 0;
  for (let kill = 0; kill < kills; kill++) {
    const log = join(folder, `log-${kill}`);
    writeFileSync(log, '');
    const child = start('doomed', { root, log, durability, seed: seed * 1_000 + kill });
    await child.heard(word('ready'));
    await sleep(Math.random() * 60);
    child.signal('SIGKILL');
    await child.ended();

    const { storage, backend } = roots.open(root);
    const possible = outcomes(log, values);
    values = new Map();
    for (const key of KEYS) {
      const value = await valueOf(storage, key);
      const allowed = possible.get(key) ?? [null];
      if (!allowed.includes(value)) throw new Error(`${key} is ${value}, not one of ${allowed.join()}`);
      if (allowed.length > 1) interrupted++;
      if (value !== null) values.set(key, value);
    }
    await backend.sweep();
    await backend.close();
    expect(keysOfMetadata(root)).toEqual(keysOfFiles(root));
    expect(remains(root)).toEqual([]);
    const folders = everythingIn(root).emptyFolders.filter((path) => !path.startsWith('.stowage'));
    expect(folders).toEqual([]);
  }
  return interrupted;
}

describe('a process that is killed while it writes', () => {
  it.each([
    ['rename', memory, 'memory'],
    ['full', real, 'disk'],
  ] as const)(
    `leaves each key old or new and nothing else, ${KILLS} times, durability %s`,
    async (durability, roots, place) => {
      const lanes = Array.from({ length: AT_ONCE }, (_, i) =>
        lane(roots, durability, KILLS / AT_ONCE, i + 1),
      );
      const interrupted = (await Promise.all(lanes)).reduce((a, b) => a + b);
      process.stdout.write(
        `${KILLS} kills on ${place}, ${interrupted} operations interrupted (${durability})\n`,
      );
      expect(interrupted).toBeGreaterThan(KILLS / 4);
    },
    300_000,
  );
});
