import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { LocalBackend } from '../../../src/backends/local/backend.js';
import { disk } from '../../../src/backends/local/disk.js';
import { encodeCursor } from '../../../src/core/cursor.js';
import type { StorageService } from '../../../src/storage/storage.service.js';
import { sleep, within } from '../../support/within.js';
import { countingDisk, type CountingDisk } from './support/counting-disk.js';
import { FAST, useRoots } from './support/roots.js';

const roots = useRoots(FAST);
const LIMIT = 1_000;

/** Plain empty files, made by hand: `folders` times `files`. */
function tree(root: string, folders: number, files: number): void {
  for (let i = 0; i < folders; i++) {
    const folder = join(root, `d${String(i).padStart(4, '0')}`);
    mkdirSync(folder, { recursive: true });
    for (let j = 0; j < files; j++) writeFileSync(join(folder, `k${String(j).padStart(4, '0')}`), '');
  }
}

/** Resolves when the backend no longer sweeps on its own account: when it asks nothing of its disk any more. */
async function settled(backend: LocalBackend, counting: CountingDisk): Promise<void> {
  await backend.sweep();
  const end = performance.now() + 30_000;
  for (let before = -1; before !== counting.total; await sleep(100)) {
    expect(performance.now()).toBeLessThan(end);
    before = counting.total;
  }
}

async function allKeys(storage: StorageService, limit: number, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await storage.page({ prefix, limit, ...(cursor !== undefined && { cursor }) });
    keys.push(...page.objects.map(({ key }) => key));
    if (page.cursor === undefined) return keys;
    cursor = page.cursor;
  }
}

describe('a page of a list', () => {
  it('costs no more in a tree of 100,000 objects than in one of 1,000, wherever it begins', async () => {
    const cost = async (folders: number, files: number, after: string | undefined) => {
      const counting = countingDisk(disk);
      const root = join(roots.folder(), 'root');
      tree(root, folders, files);
      const { storage, backend } = roots.open(root, { disk: counting.disk });
      await settled(backend, counting);
      const costs: number[] = [];
      const starts =
        after === undefined
          ? [undefined]
          : [undefined, after, `d${String(folders - 11).padStart(4, '0')}/k0099`];
      for (const start of starts) {
        counting.reset();
        const cursor = start === undefined ? {} : { cursor: encodeCursor({ after: start, group: false }) };
        const { objects } = await storage.page({ limit: LIMIT, ...cursor });
        expect(objects).toHaveLength(LIMIT);
        costs.push(counting.total);
      }
      return costs;
    };
    const [small = 0] = await cost(10, 100, undefined);
    const large = await cost(1_000, 100, 'd0500/k0050');
    process.stdout.write(`calls of a page: ${small} in 1,000 objects; ${large.join(', ')} in 100,000\n`);
    for (const calls of large) expect(calls).toBeLessThanOrEqual(2 * small);
  }, 180_000);

  it('of a flat directory reads it once, and looks at no file beyond the page', async () => {
    const counting = countingDisk(disk);
    const root = join(roots.folder(), 'root');
    tree(root, 1, 20_000);
    const { storage, backend } = roots.open(root, { disk: counting.disk });
    await settled(backend, counting);
    counting.reset();
    const { objects } = await storage.page({ prefix: 'd0000/', limit: 100 });
    expect(objects).toHaveLength(100);
    expect(counting.calls.readdir).toBe(1);
    expect(counting.calls.lstat).toBe(100);
  }, 90_000);

  it('is in the order of the bytes of the keys', async () => {
    const root = join(roots.folder(), 'root');
    const { storage } = roots.open(root);
    const names = [
      'a',
      'a.b',
      'a0',
      'ab',
      'A',
      '\u00e9',
      '\uffee',
      '\u{1f600}',
      '\u{10ffff}',
      '\ue000',
      '!',
      '~',
      '-',
      'a-',
    ];
    const keys = [
      ...names.filter((name) => name !== 'a'),
      ...names.map((name) => `a/${name}`),
      'a0/x',
      'b',
    ].filter((key) => key !== 'a0');
    for (const key of keys) await storage.put(key, 'x');
    const expected = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    for (const limit of [1, 2, 3, 7, 1_000]) expect(await allKeys(storage, limit)).toEqual(expected);
    expect(await allKeys(storage, 2, 'a')).toEqual(expected.filter((key) => key.startsWith('a')));
  });

  it('never skips or repeats a key that stays, while others come and go', async () => {
    const root = join(roots.folder(), 'root');
    const { storage } = roots.open(root);
    const staying = Array.from(
      { length: 150 },
      (_, i) => `d${i % 5}/e${i % 3}/s${String(i).padStart(3, '0')}`,
    ).sort();
    for (const key of staying) await storage.put(key, 'x');
    let listing = true;
    let changes = 0;
    const change = async (id: number) => {
      for (let i = 0; listing; i++) {
        const key = `d${i % 7}/e${i % 4}${id}/t${i % 11}`;
        await storage.put(key, 'y');
        await storage.delete(key);
        changes++;
      }
    };
    const list = async () => {
      for (let round = 0; round < 15; round++) {
        const keys = await allKeys(storage, 7 + round);
        expect(new Set(keys).size).toBe(keys.length);
        expect(keys.filter((key) => staying.includes(key))).toEqual(staying);
      }
      listing = false;
    };
    await within(Promise.all([list(), change(1), change(2)]), 'lists and changes', 80_000);
    expect(changes).toBeGreaterThan(50);
  }, 90_000);
});
