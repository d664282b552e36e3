import { expect } from '@jest/globals';
import type { StorageService } from '../../src/storage/storage.service.js';
import { expectCode } from '../support/errors.js';
import type { Theme } from './suite.js';

const MANY = 2_500;

export async function keysOf(storage: StorageService, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of storage.list(prefix)) keys.push(key);
  return keys;
}

/** Puts many small objects, some at once. */
export async function fill(storage: StorageService, keys: readonly string[], atOnce = 32): Promise<void> {
  for (let i = 0; i < keys.length; i += atOnce) {
    await Promise.all(keys.slice(i, i + atOnce).map((key) => storage.put(key, key)));
  }
}

export const deletion: Theme = (test) => {
  test('deletes an object, and deletes what is missing', async (storage) => {
    await storage.put('k', 'one');
    await storage.put('kk', 'two');
    await storage.delete('k');
    await storage.delete('k');
    await storage.delete('never/was/there');
    expect(await storage.exists('k')).toBe(false);
    await expectCode(storage.get('k'), 'NOT_FOUND');
    await expectCode(storage.head('k'), 'NOT_FOUND');
    expect(await keysOf(storage)).toEqual(['kk']);
  });

  test('deletes one object and not what lies below its key', async (storage) => {
    await fill(storage, ['dir/a', 'dir/b/c', 'dir2']);
    await storage.delete('dir');
    await storage.delete('dir/b');
    expect(await keysOf(storage)).toEqual(['dir/a', 'dir/b/c', 'dir2']);
  });

  test('can use a key again as a folder, and a folder as a key', async (storage) => {
    await storage.put('x', 'object');
    await storage.delete('x');
    await storage.put('x/y/z', 'below');
    expect(await storage.text('x/y/z')).toBe('below');
    await storage.delete('x/y/z');
    await storage.put('x', 'object again');
    expect(await storage.text('x')).toBe('object again');
  });

  test('answers deleteMany in the order of the keys, also for duplicates and missing ones', async (storage) => {
    await fill(storage, ['a', 'b', 'c', 'kept']);
    const keys = ['c', 'missing', 'a', 'c', 'b', 'a'];
    const results = await storage.deleteMany(keys);
    expect(results).toEqual(keys.map((key) => ({ key })));
    expect(await keysOf(storage)).toEqual(['kept']);
  });

  test('reports the keys that deleteMany cannot take, and deletes the others', async (storage) => {
    await fill(storage, ['a', 'b', 'kept']);
    const keys = ['a', '', 'b', '\ud800', 'x'.repeat(1025)];
    const results = await storage.deleteMany(keys);
    expect(results.map(({ key }) => key)).toEqual(keys);
    expect(results.map(({ error }) => error?.code)).toEqual([
      undefined,
      'INVALID_ARGUMENT',
      undefined,
      'INVALID_ARGUMENT',
      'INVALID_ARGUMENT',
    ]);
    expect(results[1]?.error).toMatchObject({ key: '', storage: 'test' });
    expect(await keysOf(storage)).toEqual(['kept']);
    expect((await storage.deleteMany([''])).map(({ error }) => error?.code)).toEqual(['INVALID_ARGUMENT']);
  });

  test('takes an empty deleteMany and any iterable', async (storage) => {
    expect(await storage.deleteMany([])).toEqual([]);
    await storage.put('a', '1');
    expect(await storage.deleteMany(new Set(['a']))).toEqual([{ key: 'a' }]);
    expect(await keysOf(storage)).toEqual([]);
  });

  test(
    `deletes ${MANY} keys at once`,
    async (storage) => {
      const keys = Array.from({ length: MANY }, (_, i) => `d${i % 7}/${i}`);
      await fill(storage, keys);
      await storage.put('kept', 'x');
      const results = await storage.deleteMany(keys);
      expect(results).toEqual(keys.map((key) => ({ key })));
      expect(await keysOf(storage)).toEqual(['kept']);
    },
    { timeout: 120_000 },
  );

  test(
    'deletes what begins with a prefix, over several pages',
    async (storage) => {
      const inside = Array.from({ length: 1_100 }, (_, i) => `logs/${i % 3}/${i}`);
      await fill(storage, [...inside, 'logs2', 'log', 'other/logs/1']);
      expect(await storage.deletePrefix('logs/')).toEqual({ deleted: inside.length, failed: [] });
      expect(await keysOf(storage)).toEqual(['log', 'logs2', 'other/logs/1']);
      expect(await storage.deletePrefix('none/')).toEqual({ deleted: 0, failed: [] });
    },
    { timeout: 120_000 },
  );

  test('deletes a prefix that ends inside a name', async (storage) => {
    await fill(storage, ['ab1', 'ab2/x', 'abc', 'b']);
    expect((await storage.deletePrefix('ab')).deleted).toBe(3);
    expect(await keysOf(storage)).toEqual(['b']);
  });

  test('refuses to delete everything by an empty prefix', async (storage) => {
    await storage.put('k', 'x');
    await expectCode(storage.deletePrefix(''), 'INVALID_ARGUMENT');
    expect(await storage.exists('k')).toBe(true);
  });
};
