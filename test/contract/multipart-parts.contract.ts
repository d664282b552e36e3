import { crc32 } from 'node:zlib';
import { expect } from '@jest/globals';
import { crc32Checksum } from '../../src/core/checksum.js';
import type { UploadedPart } from '../../src/core/part-store.js';
import { bytesOf } from '../support/bodies.js';
import { expectCode, failure } from '../support/errors.js';
import type { Theme } from './suite.js';
import { begun, partOf, partsOf, rereadable, SLOW, uploadsOf } from './uploads.js';

/** Which of three parts are sent once more: those of ceph/s3-tests, test_multipart_upload_resend_part. */
const RESENT: readonly (readonly number[])[] = [[1], [2], [3], [2, 3], [1, 3], [1, 2, 3]];

export const multipartParts: Theme = (test) => {
  test(
    'takes parts in any order, at once, with gaps between their numbers',
    async (storage) => {
      const uploads = uploadsOf(storage);
      const { uploadId } = await uploads.begin('k');
      const numbers = [uploads.limits.maxParts, 3, 17];
      const contents = new Map(numbers.map((number) => [number, partOf(uploads, number)]));
      const parts = await Promise.all(
        [...contents].map(([number, content]) => uploads.putPart('k', uploadId, number, content)),
      );
      const inOrder = parts.sort((a, b) => a.number - b.number);
      expect(inOrder.map(({ number }) => number)).toEqual([3, 17, uploads.limits.maxParts]);
      await uploads.complete('k', uploadId, inOrder);
      const whole = Buffer.concat(inOrder.map(({ number }) => contents.get(number) as Buffer));
      expect((await storage.bytes('k')).equals(whole)).toBe(true);
    },
    { timeout: SLOW },
  );

  test('tells of a part what it told when it was stored', async (storage) => {
    const uploads = uploadsOf(storage);
    const { id, parts } = await begun(uploads, 'k', [bytesOf(10, 1), bytesOf(20, 2)]);
    const listed = await partsOf(uploads, 'k', id);
    expect(listed.map(({ number, size, etag }) => ({ number, size, etag }))).toEqual(
      parts.map(({ number, size, etag }) => ({ number, size, etag })),
    );
    expect(parts.map(({ number, size }) => [number, size])).toEqual([
      [1, 10],
      [2, 20],
    ]);
    for (const [seed, { size, checksum }] of parts.entries())
      if (checksum?.algorithm === 'crc32')
        expect(checksum).toEqual(crc32Checksum(crc32(bytesOf(size, seed + 1))));
    await uploads.abort('k', id);
  });

  test(
    'replaces a part by one of the same number, whichever and however often',
    async (storage) => {
      const uploads = uploadsOf(storage);
      const contents = [1, 2, 3].map((seed) => partOf(uploads, seed));
      const { id, parts } = await begun(uploads, 'k', contents);
      let seed = 3;
      for (const pattern of RESENT)
        for (const number of pattern) {
          const content = partOf(uploads, ++seed);
          contents[number - 1] = content;
          parts[number - 1] = await uploads.putPart('k', id, number, content);
        }
      const listed = await partsOf(uploads, 'k', id);
      expect(listed.map(({ etag }) => etag)).toEqual(parts.map(({ etag }) => etag));
      await uploads.complete('k', id, parts);
      expect((await storage.bytes('k')).equals(Buffer.concat(contents))).toBe(true);
    },
    { timeout: SLOW },
  );

  test(
    'keeps the one that came last when the first one of two with one number finishes last',
    async (storage) => {
      const uploads = uploadsOf(storage);
      const { uploadId } = await uploads.begin('k');
      const [first, second] = [partOf(uploads, 1), partOf(uploads, 2)];
      let sent = false;
      const slow = rereadable(first, async () => {
        if (sent) return;
        sent = true;
        await uploads.putPart('k', uploadId, 1, second);
      });
      const part = await uploads.putPart('k', uploadId, 1, slow);
      expect(sent).toBe(true);
      const [kept] = await partsOf(uploads, 'k', uploadId);
      expect(kept?.etag).toBe(part.etag);
      await uploads.complete('k', uploadId, [part]);
      expect((await storage.bytes('k')).equals(first)).toBe(true);
    },
    { timeout: SLOW },
  );

  test(
    'keeps one whole part of several that are sent at once with one number',
    async (storage) => {
      const uploads = uploadsOf(storage);
      const { uploadId } = await uploads.begin('k');
      const contents = [1, 2, 3, 4].map((seed) => partOf(uploads, seed));
      await Promise.all(contents.map((content) => uploads.putPart('k', uploadId, 1, content)));
      const parts = await partsOf(uploads, 'k', uploadId);
      expect(parts).toHaveLength(1);
      await uploads.complete('k', uploadId, parts);
      const stored = await storage.bytes('k');
      expect(contents.some((content) => content.equals(stored))).toBe(true);
    },
    { timeout: SLOW },
  );

  test(
    'takes a part from a source that is read piece by piece',
    async (storage) => {
      const uploads = uploadsOf(storage);
      const content = Buffer.alloc(Math.max(uploads.limits.minPart, 3 * 1024 * 1024 + 5), bytesOf(8191));
      const { uploadId } = await uploads.begin('k');
      const parts = [
        await uploads.putPart('k', uploadId, 1, rereadable(content)),
        await uploads.putPart('k', uploadId, 2, rereadable(Buffer.from('end'))),
      ];
      expect(parts.map(({ size }) => size)).toEqual([content.length, 3]);
      await uploads.complete('k', uploadId, parts);
      expect((await storage.bytes('k')).equals(Buffer.concat([content, Buffer.from('end')]))).toBe(true);
    },
    { timeout: SLOW },
  );

  test('leaves a part as it was when the source of another one fails', async (storage) => {
    const uploads = uploadsOf(storage);
    const { id, parts } = await begun(uploads, 'k', [Buffer.from('kept')]);
    const broken = rereadable(bytesOf(2 * 1024 * 1024, 3), (start) => {
      if (start > 0) throw new Error('The source is broken');
    });
    const short = { byteLength: 10, read: () => Promise.resolve(Buffer.from('short')) };
    for (const source of [broken, short]) {
      const error = await expectCode(uploads.putPart('k', id, 1, source), 'ABORTED');
      expect(error.reason).toBe('body');
      await expectCode(uploads.putPart('k', id, 2, source), 'ABORTED');
    }
    expect((await partsOf(uploads, 'k', id)).map(({ etag }) => etag)).toEqual([parts[0]?.etag]);
    await uploads.complete('k', id, parts);
    expect(await storage.text('k')).toBe('kept');
  });

  test('refuses numbers, ids and content that no part can have', async (storage) => {
    const uploads = uploadsOf(storage);
    const { uploadId } = await uploads.begin('k');
    const content = Buffer.from('x');
    for (const number of [0, -1, 1.5, NaN, uploads.limits.maxParts + 1]) {
      const error = await expectCode(uploads.putPart('k', uploadId, number, content), 'INVALID_ARGUMENT');
      expect(error.reason).toBe('parts');
    }
    for (const id of ['', null, 7, 'x'.repeat(5000)])
      expect(await failure(uploads.putPart('k', id as string, 1, content))).toMatchObject({
        code: 'INVALID_ARGUMENT',
        reason: 'upload',
      });
    for (const wrong of [undefined, 'text', {}, { byteLength: 1 }, new ArrayBuffer(3)])
      await expectCode(uploads.putPart('k', uploadId, 1, wrong as Buffer), 'INVALID_ARGUMENT');
    const huge = { byteLength: uploads.limits.maxPart + 1, read: () => Promise.resolve(content) };
    await expectCode(uploads.putPart('k', uploadId, 1, huge), 'TOO_LARGE');
    await expectCode(uploads.listParts('k', uploadId, { after: -1 }), 'INVALID_ARGUMENT');
    expect(await partsOf(uploads, 'k', uploadId)).toEqual([]);
    await uploads.abort('k', uploadId);
  });

  test('refuses keys that cannot be written, before anything is begun', async (storage) => {
    const uploads = uploadsOf(storage);
    for (const key of ['', '../k', 'a//b', 'a/./b', 'a\\b', 'a\u0000b', '\ud800', 'x'.repeat(1025)]) {
      const error = await expectCode(uploads.begin(key), 'INVALID_ARGUMENT');
      expect(error.reason).toBe('key');
      await expectCode(uploads.putPart(key, 'some-id', 1, Buffer.from('x')), 'INVALID_ARGUMENT');
      await expectCode(uploads.complete(key, 'some-id', [some(1)]), 'INVALID_ARGUMENT');
    }
    await expectCode(uploads.begin('k', { ifAbsent: true } as object), 'INVALID_ARGUMENT');
    await expectCode(uploads.begin('k', { contentType: 'no type' }), 'INVALID_ARGUMENT');
    await expectCode(uploads.begin('k', { metadata: { 'a b': '1' } }), 'INVALID_ARGUMENT');
    expect((await uploads.list()).uploads).toEqual([]);
  });
};

const some = (number: number): UploadedPart => ({ number, size: 1, etag: 'e' });
