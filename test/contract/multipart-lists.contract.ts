import { expect } from '@jest/globals';
import { StorageError } from '../../src/core/error.js';
import { observe } from '../../src/layers/observe.js';
import { readOnly } from '../../src/layers/read-only.js';
import { expectCode, failure } from '../support/errors.js';
import type { Theme } from './suite.js';
import { begun, partsOf, pending, SLOW, uploadsOf } from './uploads.js';

const CONTENT = Buffer.from('content');
/** More than a page of S3 has. */
const MANY = 1100;

export const multipartLists: Theme = (test) => {
  test(
    'lists more parts than a page has, each of them once, from wherever it is asked',
    async (storage) => {
      const uploads = uploadsOf(storage);
      const { uploadId } = await uploads.begin('k');
      const numbers = Array.from({ length: MANY }, (_, i) => i + 1);
      const left = [...numbers];
      const send = async () => {
        for (let number = left.pop(); number !== undefined; number = left.pop())
          await uploads.putPart('k', uploadId, number, Buffer.from(String(number)));
      };
      await Promise.all(Array.from({ length: 16 }, send));
      const parts = await partsOf(uploads, 'k', uploadId);
      expect(parts.map(({ number }) => number)).toEqual(numbers);
      expect(parts.map(({ size }) => size)).toEqual(numbers.map((number) => String(number).length));
      const { parts: behind } = await uploads.listParts('k', uploadId, { after: MANY - 2 });
      expect(behind.map(({ number }) => number)).toEqual([MANY - 1, MANY]);
      expect(await uploads.listParts('k', uploadId, { after: MANY })).toEqual({ parts: [] });
      await uploads.abort('k', uploadId);
    },
    { timeout: SLOW },
  );

  test('lists uploads by the beginning of their keys, since when they are there', async (storage) => {
    const uploads = uploadsOf(storage);
    const before = Date.now();
    const keys = ['a/1', 'a/1', 'a/2', 'ab', 'b/ü 日'];
    const begunAll = [];
    for (const key of keys) begunAll.push(await uploads.begin(key));
    const listed = async (prefix?: string) => (await pending(uploads, prefix)).map(({ key }) => key).sort();
    expect(await listed()).toEqual(keys);
    expect(await listed('a')).toEqual(['a/1', 'a/1', 'a/2', 'ab']);
    expect(await listed('a/')).toEqual(['a/1', 'a/1', 'a/2']);
    expect(await listed('b/ü')).toEqual(['b/ü 日']);
    expect(await listed('c')).toEqual([]);
    const all = await pending(uploads);
    const ids = (some: readonly { readonly uploadId: string }[]) =>
      some.map(({ uploadId }) => uploadId).sort();
    expect(ids(all)).toEqual(ids(begunAll));
    for (const { initiated } of all) expect(Math.abs(initiated.getTime() - before)).toBeLessThan(60_000);
    await expectCode(uploads.list({ prefix: 'x'.repeat(2000) }), 'INVALID_ARGUMENT');
    await expectCode(uploads.list({ cursor: '' }), 'INVALID_ARGUMENT');
    for (const { key, uploadId } of all) await uploads.abort(key, uploadId);
    expect(await pending(uploads)).toEqual([]);
  });

  test('does not let a scope see or touch the uploads of another', async (storage) => {
    const [ann, bob] = [uploadsOf(storage.scoped('ann')), uploadsOf(storage.scoped('bob'))];
    const { id, parts } = await begun(ann, 'k', [CONTENT]);
    expect((await pending(ann)).map(({ key }) => key)).toEqual(['k']);
    expect(await pending(bob)).toEqual([]);
    expect((await pending(uploadsOf(storage))).map(({ key }) => key)).toEqual(['ann/k']);
    for (const key of ['k', 'ann/k', '../ann/k']) {
      for (const work of [
        () => bob.listParts(key, id),
        () => bob.putPart(key, id, 1, Buffer.from('foreign')),
        () => bob.complete(key, id, parts),
      ])
        await expectCode(work(), 'NOT_FOUND', 'INVALID_ARGUMENT');
      await bob.abort(key, id).catch((error: unknown) => {
        if (!StorageError.is(error, 'INVALID_ARGUMENT')) throw error;
      });
    }
    expect((await partsOf(ann, 'k', id)).map(({ etag }) => etag)).toEqual([parts[0]?.etag]);
    const info = await ann.complete('k', id, parts);
    expect(info.key).toBe('k');
    expect(await storage.text('ann/k')).toBe('content');
    expect(await storage.exists('bob/k')).toBe(false);
  });

  test('can be looked at through a read-only storage, and not be changed', async (storage, bench) => {
    const uploads = uploadsOf(storage);
    const { id, parts } = await begun(uploads, 'k', [CONTENT]);
    const reader = uploadsOf(bench.open(readOnly()));
    for (const work of [
      () => reader.begin('k'),
      () => reader.putPart('k', id, 1, CONTENT),
      () => reader.complete('k', id, parts),
      () => reader.abort('k', id),
    ])
      expect(await failure(work())).toMatchObject({ code: 'PERMISSION_DENIED', reason: 'read-only' });
    expect(await partsOf(reader, 'k', id)).toHaveLength(1);
    expect(await pending(reader)).toHaveLength(1);
    await uploads.abort('k', id);
  });

  test('passes through layers, each step by its name', async (storage, bench) => {
    const seen: string[] = [];
    const layered = bench.open(
      observe(({ name, key }, { code }) => void seen.push(`${name} ${key} ${code}`)),
    );
    const uploads = uploadsOf(layered);
    const { id, parts } = await begun(uploads, 'k', [CONTENT]);
    await uploads.list();
    await uploads.listParts('k', id);
    await expectCode(uploads.complete('k', 'no-such-upload', parts), 'NOT_FOUND');
    await uploads.complete('k', id, parts);
    await uploads.abort('k', id);
    expect(seen).toEqual([
      'MultipartUploads.begin k OK',
      'MultipartUploads.putPart k OK',
      'MultipartUploads.list  OK',
      'MultipartUploads.listParts k OK',
      'MultipartUploads.complete k NOT_FOUND',
      'MultipartUploads.complete k OK',
      'MultipartUploads.abort k OK',
    ]);
  });
};
