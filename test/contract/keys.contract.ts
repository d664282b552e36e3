import { expect } from '@jest/globals';
import type { StorageService } from '../../src/storage/storage.service.js';
import { expectCode, failure } from '../support/errors.js';
import { keysOf } from './delete.contract.js';
import { KEYS } from './keys.js';
import type { Theme } from './suite.js';

const NEIGHBOURS = { a: 'A', b: 'B', 'x/y': 'XY', passwd: 'P' } as const;

async function expectNeighbours(storage: StorageService): Promise<void> {
  for (const [key, text] of Object.entries(NEIGHBOURS)) expect(await storage.text(key)).toBe(text);
  expect(await keysOf(storage)).toEqual(Object.keys(NEIGHBOURS).sort());
}

export const keys: Theme = (test, harness) => {
  const refusedHere = new Set(Object.keys(harness.refusedKeys ?? {}));
  const unknown = [...refusedHere].filter((name) => !KEYS.some((row) => row.name === name));
  if (unknown.length > 0) throw new Error(`No such rows in the key table: ${unknown.join(', ')}`);

  for (const { name, key, rule } of KEYS) {
    if (rule === 'kept' && !refusedHere.has(name)) {
      test(`keeps the key: ${name}`, async (storage) => {
        const stored = await storage.put(key, name);
        expect(stored.key).toBe(key);
        expect(await storage.text(key)).toBe(name);
        expect((await storage.head(key)).key).toBe(key);
        expect(await keysOf(storage)).toEqual([key]);
        expect(await keysOf(storage, key.slice(0, 1).isWellFormed() ? key.slice(0, 1) : key)).toEqual([key]);
        expect((await storage.page({ prefix: key })).objects.map((object) => object.key)).toEqual([key]);
        await storage.move(key, 'elsewhere');
        await storage.copy('elsewhere', key);
        expect(await storage.text(key)).toBe(name);
        expect(await storage.deleteMany([key, 'elsewhere'])).toEqual([{ key }, { key: 'elsewhere' }]);
        expect(await keysOf(storage)).toEqual([]);
      });
    } else {
      test(`refuses the key: ${name}`, async (storage) => {
        for (const [neighbour, text] of Object.entries(NEIGHBOURS)) await storage.put(neighbour, text);
        const error = await expectCode(storage.put(key, 'x'), 'INVALID_ARGUMENT');
        expect(error.key).toBe(key);
        await expectCode(storage.copy('a', key), 'INVALID_ARGUMENT');
        await expectCode(storage.move('a', key), 'INVALID_ARGUMENT');
        // Others may have written such a key, so a backend may look for it; it finds no other object.
        await expectCode(storage.get(key), 'NOT_FOUND', 'INVALID_ARGUMENT');
        await expectCode(storage.head(key), 'NOT_FOUND', 'INVALID_ARGUMENT');
        await expectCode(storage.copy(key, 'c'), 'NOT_FOUND', 'INVALID_ARGUMENT');
        await storage.delete(key).catch(() => expectCode(storage.delete(key), 'INVALID_ARGUMENT'));
        const [result] = await storage.deleteMany([key]);
        expect([undefined, 'INVALID_ARGUMENT']).toContain(result?.error?.code);
        await expectNeighbours(storage);
      });
    }
  }

  test(
    'keeps keys that only look alike apart',
    async (storage) => {
      const alike = [
        ...[
          'caf\u00e9',
          'cafe\u0301',
          'README',
          'readme',
          'a b',
          'a+b',
          'a%20b',
          'a\u00a0b',
          'a',
          'a.',
          'a ',
        ],
        ...['.a', '%61', '\uff41', '1', '01', 'x', '\u0445', 'aa', 'a\u200ba', '\ufeffa'],
      ];
      for (const key of alike) await storage.put(key, `value of ${key}`, { ifAbsent: true });
      for (const key of alike) expect(await storage.text(key)).toBe(`value of ${key}`);
      expect(await keysOf(storage)).toHaveLength(alike.length);
      await storage.delete('caf\u00e9');
      expect(await storage.exists('cafe\u0301')).toBe(true);
    },
    { needs: ['ifAbsent'] },
  );

  test('keeps an object whose key continues the key of another, or says that it cannot', async (storage, bench) => {
    await storage.put('a', 'above');
    if (bench.has('keyBelowKey')) {
      await storage.put('a/b', 'below');
      expect(await storage.text('a/b')).toBe('below');
      await storage.put('a', 'above again');
      expect(await keysOf(storage)).toEqual(['a', 'a/b']);
      await storage.delete('a');
      expect(await storage.text('a/b')).toBe('below');
      return;
    }
    await expectCode(storage.put('a/b', 'below'), 'CONFLICT', 'INVALID_ARGUMENT');
    await expectCode(storage.put('a/b/c', 'below'), 'CONFLICT', 'INVALID_ARGUMENT');
    await expectCode(storage.copy('a', 'a/b'), 'CONFLICT', 'INVALID_ARGUMENT');
    expect(await storage.exists('a/b')).toBe(false);
    expect(await storage.text('a')).toBe('above');
    await storage.put('d/e/f', 'deep');
    await expectCode(storage.put('d/e', 'above'), 'CONFLICT', 'INVALID_ARGUMENT');
    await expectCode(storage.put('d', 'above'), 'CONFLICT', 'INVALID_ARGUMENT');
    expect(await keysOf(storage)).toEqual(['a', 'd/e/f']);
  });

  test('finds no object where only a folder is', async (storage) => {
    await storage.put('d/e/f', 'deep');
    for (const key of ['d', 'd/e', 'd/e/f/g']) {
      expect(await storage.exists(key)).toBe(false);
      await expectCode(storage.get(key), 'NOT_FOUND');
      await expectCode(storage.copy(key, 'to'), 'NOT_FOUND');
      await storage.delete(key);
    }
    expect(await keysOf(storage)).toEqual(['d/e/f']);
  });

  test('refuses what is no string as a key', async (storage) => {
    for (const wrong of [undefined, null, 5, {}, ['a'], Buffer.from('a')] as unknown as string[]) {
      for (const work of [
        storage.put(wrong, 'x'),
        storage.get(wrong),
        storage.head(wrong),
        storage.delete(wrong),
        storage.copy(wrong, 'a'),
        storage.copy('a', wrong),
      ]) {
        expect((await failure(work)).code).toBe('INVALID_ARGUMENT');
      }
    }
    expect(await keysOf(storage)).toEqual([]);
  });
};
