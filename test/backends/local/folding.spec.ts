import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { disk } from '../../../src/backends/local/disk.js';
import { expectCode } from '../../support/errors.js';
import { foldingDisk } from './support/folding-disk.js';
import { FAST, useRoots } from './support/roots.js';

const roots = useRoots(FAST);
const open = () => roots.open(join(roots.folder(), 'root'), { disk: foldingDisk(disk) });
const COMPOSED = 'caf\u00e9';
const DECOMPOSED = 'cafe\u0301';

describe('a file system that takes two names for one', () => {
  it.each([
    ['in another case', 'Report.txt', 'report.TXT'],
    ['in another composition', COMPOSED, DECOMPOSED],
    ['in a folder in another case', 'Dir/k', 'dir/k'],
    ['in a folder in another composition', `${COMPOSED}/k`, `${DECOMPOSED}/k`],
  ])('keeps one key from being the file of another, %s', async (_, key, twin) => {
    const { storage } = open();
    await storage.put(key, 'mine', { metadata: { of: 'mine' } });
    await storage.put('other', 'other');
    for (const work of [
      storage.put(twin, 'theirs'),
      storage.put(twin, 'theirs', { ifAbsent: true }),
      storage.copy('other', twin),
      storage.get(twin),
      storage.head(twin),
      storage.copy(twin, 'copy'),
    ] as Promise<unknown>[])
      await expectCode(work, 'CONFLICT', 'NOT_FOUND');
    await storage.delete(twin).catch((error: unknown) => expect(error).toMatchObject({ code: 'CONFLICT' }));
    expect(await storage.text(key)).toBe('mine');
    const { objects } = await storage.page();
    expect(objects.map((object) => object.key).sort()).toEqual([key, 'other'].sort());
    expect((await storage.page({ prefix: `${twin}` })).objects).toEqual([]);
  });

  it('refuses a second object in a folder that is spelled otherwise', async () => {
    const { storage } = open();
    await storage.put('Dir/a', 'a');
    await expectCode(storage.put('dir/b', 'b'), 'CONFLICT');
    await storage.delete('Dir/a');
    await storage.put('dir/b', 'b');
    expect(await storage.text('dir/b')).toBe('b');
  });

  it('lets one of two spellings win that are put at the same time', async () => {
    const { storage } = open();
    for (let round = 0; round < 20; round++) {
      const keys = [`Race${round}`, `race${round}`];
      const done = await Promise.allSettled(keys.map((key) => storage.put(key, key)));
      const there = (await storage.page({ prefix: 'Race' })).objects.concat(
        (await storage.page({ prefix: 'race' })).objects,
      );
      for (const [i, key] of keys.entries()) {
        if (done[i]?.status !== 'fulfilled') continue;
        // Whoever was told that it is there finds its own content.
        if (there.some((object) => object.key === key)) expect(await storage.text(key)).toBe(key);
      }
      expect(done.filter(({ status }) => status === 'fulfilled').length).toBe(there.length);
      for (const { key } of there) await storage.delete(key);
    }
  });

  it('is known where a key is spelled as its own folder', async () => {
    const { storage } = open();
    await storage.put('ok', 'x');
    for (const key of ['.STOWAGE/x', '.\u017ftowage/x', '.stowage\u200b/../x'])
      await expectCode(storage.put(key, 'x'), 'INVALID_ARGUMENT', 'CONFLICT');
    expect((await storage.page()).objects.map(({ key }) => key)).toEqual(['ok']);
  });
});
