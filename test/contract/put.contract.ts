import { expect } from '@jest/globals';
import type { ObjectInfo } from '../../src/core/object.js';
import { bytesOf, KIB, MIB, streamOf } from '../support/bodies.js';
import { expectCode } from '../support/errors.js';
import type { Theme } from './suite.js';

/** Two servers' clocks may differ, and S3 gives the time of a write only with a `head`. */
const CLOCK_SKEW = 60_000;
/** A `put` tells when it was answered, which a busy server does some time after it has stored the object. */
const TIME_STEP = 10_000;

/** Checks that two descriptions mean the same object. */
export function expectSameObject(actual: ObjectInfo, expected: ObjectInfo): void {
  const { lastModified, checksum, ...rest } = actual;
  const { lastModified: expectedTime, checksum: expectedChecksum, ...expectedRest } = expected;
  expect(rest).toEqual(expectedRest);
  if (checksum && expectedChecksum) expect(checksum).toEqual(expectedChecksum);
  expect(Math.abs(lastModified.getTime() - expectedTime.getTime())).toBeLessThanOrEqual(TIME_STEP);
}

const SIZES = [0, 1, KIB, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1, MIB - 1, MIB, MIB + 1, 5 * MIB + 1];

export const put: Theme = (test) => {
  test('reads back what was put', async (storage) => {
    await storage.put('a/b.txt', 'hello');
    expect(await storage.text('a/b.txt')).toBe('hello');
  });

  for (const size of SIZES) {
    test(`keeps ${size} bytes, given at once and as a stream`, async (storage) => {
      const bytes = bytesOf(size, size + 1);
      const whole = await storage.put('whole', bytes);
      const half = Math.floor(size / 2);
      const streamed = await storage.put('streamed', streamOf(bytes.subarray(0, half), bytes.subarray(half)));
      expect([whole.size, streamed.size]).toEqual([size, size]);
      for (const key of ['whole', 'streamed']) {
        expect((await storage.head(key)).size).toBe(size);
        expect((await storage.bytes(key)).equals(bytes)).toBe(true);
      }
    });
  }

  test('replaces an object by a shorter one, with nothing left of the old', async (storage) => {
    await storage.put('k', bytesOf(100 * KIB), {
      contentType: 'image/png',
      cacheControl: 'no-store',
      metadata: { old: '1', both: 'old' },
    });
    await storage.put('k', 'short', { metadata: { both: 'new' } });
    expect(await storage.text('k')).toBe('short');
    const info = await storage.head('k');
    expect(info.size).toBe(5);
    expect(info.contentType).toBe('application/octet-stream');
    expect(info.cacheControl).toBeUndefined();
    expect(info.metadata).toEqual({ both: 'new' });
  });

  test('describes an object the same in put, head and get', async (storage) => {
    const stored = await storage.put('dir/photo.png', bytesOf(1000), {
      cacheControl: 'max-age=60',
      contentDisposition: 'attachment; filename="a b.png"',
      contentLanguage: 'de',
      metadata: { Owner: 'someone' },
    });
    expect(stored).toMatchObject({ key: 'dir/photo.png', size: 1000, contentType: 'image/png' });
    expectSameObject(await storage.head('dir/photo.png'), stored);
    const { info, body, range } = await storage.get('dir/photo.png');
    body.destroy();
    expectSameObject(info, stored);
    expect(range).toBeUndefined();
  });

  test('gives new content a new ETag, without quotes', async (storage) => {
    const etags = new Set<string>();
    for (const content of ['one', 'two', 'six']) etags.add((await storage.put('k', content)).etag);
    expect(etags.size).toBe(3);
    for (const etag of etags) expect(etag).toMatch(/^[^"]+$/);
    expect(etags.has((await storage.head('k')).etag)).toBe(true);
  });

  test('says when an object was written', async (storage) => {
    const before = Date.now() - CLOCK_SKEW;
    await storage.put('k', 'x');
    const { lastModified } = await storage.head('k');
    expect(lastModified).toBeInstanceOf(Date);
    expect(lastModified.getTime()).toBeGreaterThan(before);
    expect(lastModified.getTime()).toBeLessThan(Date.now() + CLOCK_SKEW);
  });

  test('guesses the content type from the extension, unless one is given', async (storage) => {
    const types: Record<string, string> = {
      'a.png': 'image/png',
      'B.JPG': 'image/jpeg',
      'c.txt': 'text/plain',
      'd.tar.gz': 'application/gzip',
      'no-extension': 'application/octet-stream',
      'folder.png/file': 'application/octet-stream',
      'e.unknown-extension': 'application/octet-stream',
    };
    for (const [key, type] of Object.entries(types)) {
      await storage.put(key, 'x');
      expect([key, (await storage.head(key)).contentType]).toEqual([key, type]);
    }
    await storage.put('a.png', 'x', { contentType: 'text/html; charset=utf-8' });
    expect((await storage.head('a.png')).contentType).toBe('text/html; charset=utf-8');
  });

  test('keeps all headers', async (storage) => {
    const headers = {
      contentType: 'application/x-custom+json; charset=utf-8; profile="a b"',
      cacheControl: 'public, max-age=31536000, immutable',
      contentDisposition: `attachment; filename="x;y.txt"; filename*=UTF-8''%C3%BC.txt`,
      contentEncoding: 'gzip',
      contentLanguage: 'en, mi',
    };
    await storage.put('k', 'not really gzip', headers);
    expect(await storage.head('k')).toMatchObject(headers);
    expect(await storage.text('k')).toBe('not really gzip');
  });

  test('refuses what is no media type', async (storage) => {
    for (const contentType of ['', 'png', 'image/', '/png', 'a b/c', 'image/png\r\nx: y', 'text/plän']) {
      await expectCode(storage.put('k', 'x', { contentType }), 'INVALID_ARGUMENT');
    }
    expect(await storage.exists('k')).toBe(false);
  });

  test('refuses header values that no header can carry', async (storage) => {
    for (const value of ['a\r\nx-injected: 1', 'a\nb', 'a\0b', 'ü', '日本', '\u007f']) {
      for (const name of ['cacheControl', 'contentDisposition', 'contentEncoding', 'contentLanguage']) {
        await expectCode(storage.put('k', 'x', { [name]: value }), 'INVALID_ARGUMENT');
      }
    }
    expect(await storage.exists('k')).toBe(false);
  });

  test('keeps the bytes of a given size', async (storage) => {
    expect((await storage.put('a', 'four', { size: 4 })).size).toBe(4);
    expect((await storage.put('b', streamOf('fo', 'ur'), { size: 4 })).size).toBe(4);
    expect((await storage.put('c', '', { size: 0 })).size).toBe(0);
    expect((await storage.put('d', streamOf(), { size: 0 })).size).toBe(0);
  });

  test('stores nothing when the body has not the size that was given', async (storage) => {
    for (const size of [0, 3, 5, 1_000_000]) {
      await expectCode(storage.put('k', 'four', { size }), 'INVALID_ARGUMENT');
      await expectCode(storage.put('k', streamOf('fo', 'ur'), { size }), 'INVALID_ARGUMENT');
    }
    expect(await storage.exists('k')).toBe(false);
  });

  test('leaves the old content when the body has not the size that was given', async (storage) => {
    const old = await storage.put('k', 'old content', { metadata: { kept: 'yes' } });
    for (const size of [2, 7]) {
      await expectCode(storage.put('k', streamOf('fo', 'ur'), { size }), 'INVALID_ARGUMENT');
    }
    expect(await storage.text('k')).toBe('old content');
    expectSameObject(await storage.head('k'), old);
  });

  test('refuses a size that is no number of bytes', async (storage) => {
    for (const size of [-1, 1.5, NaN, Infinity]) {
      await expectCode(storage.put('k', 'x', { size }), 'INVALID_ARGUMENT');
    }
  });

  test('says where an error happened', async (storage) => {
    const error = await expectCode(storage.head('none'), 'NOT_FOUND');
    expect(error).toMatchObject({ key: 'none', operation: 'head', storage: 'test' });
    expect(error.message).toContain('none');
    const { operation } = await expectCode(storage.put('a//b', 'x'), 'INVALID_ARGUMENT');
    expect(operation).toBe('put');
    expect(await storage.exists('none')).toBe(false);
  });

  test(
    'refuses options that only another kind of backend has',
    async (storage) => {
      await storage.put('k', 'x');
      const s3 = { s3: { storageClass: 'GLACIER' } } as object;
      await expectCode(storage.put('k', 'y', s3), 'UNSUPPORTED');
      await expectCode(storage.copy('k', 'l', s3), 'UNSUPPORTED');
      await expectCode(storage.get('k', { versionId: 'v1' }), 'UNSUPPORTED');
      await expectCode(storage.head('k', { versionId: 'v1' }), 'UNSUPPORTED');
      await expectCode(storage.delete('k', { versionId: 'v1' }), 'UNSUPPORTED');
      expect(await storage.text('k')).toBe('x');
      expect(await storage.exists('l')).toBe(false);
    },
    { needs: ['noProviderOptions'] },
  );
};
