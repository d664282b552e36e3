import { expect } from '@jest/globals';
import { StorageError } from '../../src/core/error.js';
import type { StorageService } from '../../src/storage/storage.service.js';
import { bytesOf, KIB, MIB, readAll } from '../support/bodies.js';
import { within } from '../support/within.js';
import { keysOf } from './delete.contract.js';
import type { Theme } from './suite.js';

const BOUND = 60_000;
const timeout = BOUND + 10_000;

/**
 * Adds one to the number under `key`, however often another writer comes first. Returns how often it was not known whether
 * that had happened, so that it was done again: a busy server may lose an answer.
 */
async function increment(storage: StorageService, key: string): Promise<number> {
  let unknown = 0;
  for (let tries = 0; tries < 1_000; tries++) {
    const { info, body } = await storage.get(key);
    const next = Number((await readAll(body)).toString()) + 1;
    try {
      await storage.put(key, String(next), { ifMatch: info.etag });
      return unknown;
    } catch (error) {
      if (StorageError.is(error, 'OUTCOME_UNKNOWN')) unknown++;
      else if (!StorageError.is(error, 'PRECONDITION_FAILED', 'CONFLICT')) throw error;
    }
  }
  throw new Error('1,000 tries were not enough');
}

export const races: Theme = (test) => {
  test(
    'counts exactly 50 when 5 workers add one 10 times each with ifMatch',
    async (storage) => {
      await storage.put('counter', '0');
      let unknown = 0;
      const worker = async () => {
        for (let i = 0; i < 10; i++) unknown += await increment(storage, 'counter');
      };
      await within(Promise.all(Array.from({ length: 5 }, worker)), 'the counting', BOUND);
      const counted = Number(await storage.text('counter'));
      expect(counted).toBeGreaterThanOrEqual(50);
      expect(counted).toBeLessThanOrEqual(50 + unknown);
    },
    { needs: ['ifMatch'], timeout },
  );

  test(
    'keeps 20 keys of 4 KiB apart that are written and read at once',
    async (storage) => {
      const one = async (i: number) => {
        const bytes = bytesOf(4 * KIB, i + 1);
        await storage.put(`dir/${i}`, bytes);
        expect((await storage.bytes(`dir/${i}`)).equals(bytes)).toBe(true);
      };
      await within(Promise.all(Array.from({ length: 20 }, (_, i) => one(i))), 'the 20 keys', BOUND);
      expect(await keysOf(storage)).toHaveLength(20);
    },
    { timeout },
  );

  test(
    'lets exactly one of 200 writers win a key with ifAbsent',
    async (storage) => {
      const attempt = async (i: number) => {
        try {
          await storage.put('contested', `writer ${i}`, { ifAbsent: true });
          return i;
        } catch (error) {
          if (StorageError.is(error, 'ALREADY_EXISTS', 'CONFLICT')) return undefined;
          throw error;
        }
      };
      const all = Array.from({ length: 200 }, (_, i) => attempt(i));
      const winners = (await within(Promise.all(all), 'the 200 writers', BOUND)).filter(
        (i) => i !== undefined,
      );
      expect(winners).toHaveLength(1);
      expect(await storage.text('contested')).toBe(`writer ${winners[0]}`);
    },
    { needs: ['ifAbsent'], timeout },
  );

  test(
    'lets exactly one of 50 copies win a key with ifAbsent',
    async (storage) => {
      for (let i = 0; i < 50; i++) await storage.put(`from/${i}`, String(i));
      const attempt = async (i: number) => {
        try {
          await storage.copy(`from/${i}`, 'contested', { ifAbsent: true });
          return i;
        } catch (error) {
          if (StorageError.is(error, 'ALREADY_EXISTS', 'CONFLICT')) return undefined;
          throw error;
        }
      };
      const all = Array.from({ length: 50 }, (_, i) => attempt(i));
      const winners = (await within(Promise.all(all), 'the 50 copies', BOUND)).filter((i) => i !== undefined);
      expect(winners).toHaveLength(1);
      expect(await storage.text('contested')).toBe(String(winners[0]));
    },
    { needs: ['copyIfAbsent'], timeout },
  );

  test(
    'shows a reader all of one writer or all of the other, info included',
    async (storage) => {
      // Of different lengths and metadata, so that a mixture of description and content shows.
      const versions = [
        { bytes: Buffer.alloc(MIB, 'A'), metadata: { writer: 'a' } },
        { bytes: Buffer.alloc(MIB + 4321, 'B'), metadata: { writer: 'b' } },
      ];
      await storage.put('k', versions[0]!.bytes, { metadata: versions[0]!.metadata });
      let writing = true;
      const writer = async ({ bytes, metadata }: (typeof versions)[number]) => {
        for (let i = 0; i < 12; i++) await storage.put('k', bytes, { metadata });
      };
      const reader = async () => {
        let reads = 0;
        while (writing || reads < 10) {
          const { info, body } = await storage.get('k');
          const bytes = await readAll(body);
          const version = versions.find(({ metadata }) => metadata.writer === info.metadata?.writer);
          expect(info.size).toBe(version?.bytes.length);
          expect(version?.bytes.equals(bytes)).toBe(true);
          reads++;
        }
        return reads;
      };
      const readers = [reader(), reader()];
      const writers = Promise.all(versions.map(writer)).finally(() => (writing = false));
      await within(Promise.all([writers, ...readers]), 'writers and readers', BOUND);
    },
    { timeout },
  );

  test(
    'copies all of one version while a writer replaces the source',
    async (storage) => {
      const versions = [Buffer.alloc(300 * KIB, 'A'), Buffer.alloc(301 * KIB, 'B')];
      await storage.put('from', versions[0]!);
      const writer = async () => {
        for (let i = 0; i < 20; i++) await storage.put('from', versions[i % 2]!);
      };
      const copier = async () => {
        for (let i = 0; i < 20; i++) {
          const { size } = await storage.copy('from', `to/${i}`);
          const bytes = await storage.bytes(`to/${i}`);
          expect(bytes.length).toBe(size);
          expect(versions.some((version) => version.equals(bytes))).toBe(true);
        }
      };
      await within(Promise.all([writer(), copier()]), 'writer and copier', BOUND);
    },
    { timeout },
  );

  test(
    'loses no object when its neighbours are deleted at the same time',
    async (storage) => {
      const one = async (round: number) => {
        await storage.put('d/e/gone', 'x');
        const [, stored] = await Promise.all([
          storage.delete('d/e/gone'),
          storage.put('d/e/kept', `round ${round}`),
          storage.put(`d/${round}/other`, 'y'),
        ]);
        expect(stored.key).toBe('d/e/kept');
        expect(await storage.text('d/e/kept')).toBe(`round ${round}`);
        expect(await storage.text(`d/${round}/other`)).toBe('y');
        await storage.deleteMany(['d/e/kept', `d/${round}/other`]);
      };
      const rounds = async () => {
        for (let round = 0; round < 40; round++) await one(round);
      };
      await within(rounds(), 'the rounds', BOUND);
      expect(await keysOf(storage)).toEqual([]);
    },
    { timeout },
  );

  test(
    'lists while objects come and go, and always those that stay',
    async (storage) => {
      const staying = Array.from({ length: 20 }, (_, i) => `k/${String(i).padStart(2, '0')}`);
      for (const key of staying) await storage.put(key, 'x');
      let changing = true;
      const change = async () => {
        for (let i = 0; i < 60; i++) {
          await storage.put(`k/${String(i % 20).padStart(2, '0')}x/${i}`, 'y');
          if (i > 0) await storage.delete(`k/${String((i - 1) % 20).padStart(2, '0')}x/${i - 1}`);
        }
        changing = false;
      };
      const lister = async () => {
        do {
          const keys = await keysOf(storage, 'k/');
          expect(keys.filter((key) => staying.includes(key))).toEqual(staying);
          expect(new Set(keys).size).toBe(keys.length);
        } while (changing);
      };
      await within(Promise.all([change(), lister(), lister()]), 'the lists', BOUND);
    },
    { timeout },
  );

  test(
    'leaves a whole object or none when puts and deletes of one key race',
    async (storage) => {
      const bytes = [bytesOf(50 * KIB, 1), bytesOf(60 * KIB, 2)];
      const hammer = async (seed: number) => {
        for (let i = 0; i < 15; i++) {
          if ((i + seed) % 3 === 0) await storage.delete('d/k');
          else await storage.put('d/k', bytes[(i + seed) % 2]!);
          try {
            const read = await storage.bytes('d/k');
            expect(bytes.some((version) => version.equals(read))).toBe(true);
          } catch (error) {
            if (!StorageError.is(error, 'NOT_FOUND')) throw error;
          }
        }
      };
      await within(Promise.all([0, 1, 2].map(hammer)), 'the hammering', BOUND);
    },
    { timeout },
  );
};
