import { expect } from '@jest/globals';
import type { ListPage } from '../../src/core/object.js';
import type { ListOptions } from '../../src/core/options.js';
import type { StorageService } from '../../src/storage/storage.service.js';
import { expectCode } from '../support/errors.js';
import { fill, keysOf } from './delete.contract.js';
import type { Theme } from './suite.js';

const TREE = [
  ...['a', 'a.b', 'a-b', 'b/1', 'b/2', 'b/c/3', 'b/c/d/4', 'b0', 'c', 'c!/x', 'd/1', 'd/2', 'd/3'],
  ...['e/f/g', 'z'],
];

/** In JavaScript's own order the emoji would come before U+FF5E and U+FFFD. */
const ORDERED = [
  'A',
  'Z',
  'a',
  'a b',
  'a!',
  'a-',
  'a.',
  'a0',
  'aa',
  'b',
  'é',
  '日',
  '\uff5e',
  '\ufffd',
  '𝒳',
  '😀',
];

const bytewise = (keys: readonly string[]): string[] =>
  [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

const names = (page: ListPage): string[] => [...page.objects.map(({ key }) => key), ...page.prefixes];

/** All pages; fails when they do not end. */
async function pagesOf(storage: StorageService, options: Partial<ListOptions>): Promise<ListPage[]> {
  const pages: ListPage[] = [];
  let cursor: string | undefined;
  do {
    const page = await storage.page({ ...options, cursor });
    pages.push(page);
    cursor = page.cursor;
    if (pages.length > 1_000) throw new Error('The listing does not end');
  } while (cursor !== undefined);
  return pages;
}

export const list: Theme = (test) => {
  test('lists nothing in an empty place', async (storage) => {
    expect(await storage.page()).toEqual({ objects: [], prefixes: [] });
    expect(await keysOf(storage)).toEqual([]);
    expect(await keysOf(storage, 'some/prefix')).toEqual([]);
  });

  test('lists keys in the order of their UTF-8 bytes', async (storage) => {
    await fill(storage, [...ORDERED].reverse(), 1);
    expect(bytewise(ORDERED)).toEqual(ORDERED);
    expect(await keysOf(storage)).toEqual(ORDERED);
    expect((await pagesOf(storage, { limit: 1 })).flatMap(names)).toEqual(ORDERED);
  });

  test('lists folders where their keys belong, not where their names do', async (storage) => {
    // Sorted by names, `a` (a folder) would come before `a!` and `a-b`; its keys begin with `a/`.
    const keys = ['a!', 'a-b', 'a.b', 'a/1', 'a/2', 'a0', 'b/c-d', 'b/c/1', 'b/c0'];
    await fill(storage, [...keys].reverse());
    expect(await keysOf(storage)).toEqual(keys);
    expect((await pagesOf(storage, { limit: 2 })).flatMap(names)).toEqual(keys);
    const level = await storage.page({ delimiter: '/' });
    expect(level.objects.map(({ key }) => key)).toEqual(['a!', 'a-b', 'a.b', 'a0']);
    expect(level.prefixes).toEqual(['a/', 'b/']);
    // Between `a.b` and `a0` comes the prefix `a/`: a page that ends there goes on there.
    const paged = await pagesOf(storage, { delimiter: '/', limit: 1 });
    expect(paged.flatMap(names)).toEqual(['a!', 'a-b', 'a.b', 'a/', 'a0', 'b/']);
  });

  test('describes what it lists', async (storage) => {
    const stored = await storage.put('dir/k', 'four', { metadata: { a: '1' } });
    const [listed] = (await storage.page()).objects;
    expect(listed).toMatchObject({ key: 'dir/k', size: 4, etag: stored.etag });
    expect(listed?.lastModified).toBeInstanceOf(Date);
  });

  test('lists what begins with a prefix, also inside a name', async (storage) => {
    await fill(storage, TREE);
    for (const prefix of ['', 'a', 'b', 'b/', 'b/c', 'b/c/', 'b/c/d/4', 'b/c/d/4x', 'c', 'x', 'b/1']) {
      expect([prefix, await keysOf(storage, prefix)]).toEqual([
        prefix,
        bytewise(TREE.filter((key) => key.startsWith(prefix))),
      ]);
    }
  });

  test('lists one level with a delimiter', async (storage) => {
    await fill(storage, TREE);
    const level = async (prefix: string) => {
      const { objects, prefixes } = await storage.page({ prefix, delimiter: '/' });
      return { objects: objects.map(({ key }) => key), prefixes };
    };
    expect(await level('')).toEqual({
      objects: bytewise(['a', 'a.b', 'a-b', 'b0', 'c', 'z']),
      prefixes: ['b/', 'c!/', 'd/', 'e/'],
    });
    expect(await level('b/')).toEqual({ objects: ['b/1', 'b/2'], prefixes: ['b/c/'] });
    expect(await level('b/c')).toEqual({ objects: [], prefixes: ['b/c/'] });
    expect(await level('b')).toEqual({ objects: ['b0'], prefixes: ['b/'] });
    expect(await level('e/f/')).toEqual({ objects: ['e/f/g'], prefixes: [] });
    expect(await level('none/')).toEqual({ objects: [], prefixes: [] });
  });

  for (const delimiter of [undefined, '/'] as const) {
    const how = delimiter ? 'with a delimiter' : 'without a delimiter';
    test(
      `gives the same sequence whatever the limit, ${how}`,
      async (storage) => {
        await fill(storage, TREE);
        for (const prefix of ['', 'b', 'b/', 'd/']) {
          const all = await storage.page({ prefix, delimiter });
          const sequence = bytewise(names(all));
          for (let limit = 1; limit <= TREE.length + 1; limit++) {
            const pages = await pagesOf(storage, { prefix, delimiter, limit });
            expect(pages.flatMap((page) => bytewise(names(page)))).toEqual(sequence);
            for (const page of pages) expect(names(page).length).toBeLessThanOrEqual(limit);
            for (const page of pages.slice(0, -1)) expect(names(page)).toHaveLength(limit);
          }
        }
      },
      { timeout: 60_000 },
    );
  }

  test('gives no cursor on the last page, also when that is full', async (storage) => {
    await fill(storage, ['a', 'b']);
    expect((await storage.page({ limit: 2 })).cursor).toBeUndefined();
    expect((await storage.page({ limit: 3 })).cursor).toBeUndefined();
    expect((await storage.page({ limit: 1 })).cursor).toBeDefined();
  });

  test('goes on behind the cursor when keys come and go meanwhile', async (storage) => {
    await fill(storage, ['b', 'd', 'f', 'h', 'j']);
    const first = await storage.page({ limit: 2 });
    expect(names(first)).toEqual(['b', 'd']);
    await storage.delete('d');
    await fill(storage, ['a', 'c', 'e', 'g']);
    await storage.delete('h');
    const second = await storage.page({ limit: 2, cursor: first.cursor });
    expect(names(second)).toEqual(['e', 'f']);
    const rest = await storage.page({ cursor: second.cursor });
    expect(names(rest)).toEqual(['g', 'j']);
  });

  test('goes on behind a common prefix, whatever happens below it', async (storage) => {
    await fill(storage, ['a/1', 'b/1', 'b/2', 'c/1', 'd']);
    const first = await storage.page({ limit: 2, delimiter: '/' });
    expect(names(first)).toEqual(['a/', 'b/']);
    await fill(storage, ['b/0', 'b/3', 'b/x/y', 'a/2', 'b0']);
    const second = await storage.page({ limit: 2, delimiter: '/', cursor: first.cursor });
    expect(bytewise(names(second))).toEqual(['b0', 'c/']);
    const rest = await storage.page({ delimiter: '/', cursor: second.cursor });
    expect(names(rest)).toEqual(['d']);
    await storage.deletePrefix('b/');
    const again = await storage.page({ limit: 2, delimiter: '/', cursor: first.cursor });
    expect(bytewise(names(again))).toEqual(['b0', 'c/']);
  });

  test('refuses a cursor that no list gave', async (storage) => {
    await fill(storage, ['a', 'b']);
    for (const cursor of ['', 'nonsense', '!!!', '%00', 'a', '../..', 'eA==', '\0']) {
      await expectCode(storage.page({ cursor }), 'INVALID_ARGUMENT');
    }
  });

  test('refuses limits, delimiters and prefixes that it has not got', async (storage) => {
    for (const limit of [0, -1, 1001, 1.5, NaN, Infinity]) {
      await expectCode(storage.page({ limit }), 'INVALID_ARGUMENT');
    }
    for (const delimiter of ['', ':', '//'] as unknown as '/'[]) {
      await expectCode(storage.page({ delimiter }), 'INVALID_ARGUMENT');
    }
    for (const prefix of ['x'.repeat(1025), '\ud800', 5 as unknown as string]) {
      await expectCode(storage.page({ prefix }), 'INVALID_ARGUMENT');
    }
  });

  test('lists nothing outside for a prefix that climbs or that no key has', async (storage) => {
    await fill(storage, ['a/b', 'b']);
    for (const prefix of [
      '/',
      '../',
      '..',
      './',
      'a/../',
      'a//',
      '//',
      '\\',
      'a/./',
      'a/b/',
      'A',
      '*',
      '%',
    ]) {
      expect([prefix, await storage.page({ prefix })]).toEqual([prefix, { objects: [], prefixes: [] }]);
      expect([prefix, await storage.page({ prefix, delimiter: '/' })]).toEqual([
        prefix,
        { objects: [], prefixes: [] },
      ]);
    }
  });

  test(
    'lists 1,000 objects on a page and the rest behind it',
    async (storage) => {
      const keys = Array.from(
        { length: 1_030 },
        (_, i) => `f${String(i % 10)}/${String(i).padStart(5, '0')}`,
      );
      await fill(storage, keys);
      const first = await storage.page();
      expect(first.objects).toHaveLength(1_000);
      expect((await storage.page({ cursor: first.cursor })).objects).toHaveLength(30);
      expect(await keysOf(storage)).toEqual(bytewise(keys));
      expect(names(await storage.page({ delimiter: '/' }))).toHaveLength(10);
    },
    { timeout: 60_000 },
  );
};
