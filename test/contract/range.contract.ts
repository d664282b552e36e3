import { expect } from '@jest/globals';
import type { ByteRange } from '../../src/core/options.js';
import { bytesOf, KIB, MIB, readAll } from '../support/bodies.js';
import { expectCode } from '../support/errors.js';
import type { Theme } from './suite.js';

const TEXT = '0123456789';

interface Row {
  readonly range: ByteRange;
  readonly start: number;
  readonly end: number;
}

const ROWS: Readonly<Record<string, Row>> = {
  'from the first byte': { range: { start: 0 }, start: 0, end: 9 },
  'from a start': { range: { start: 4 }, start: 4, end: 9 },
  'the first byte alone': { range: { start: 0, end: 0 }, start: 0, end: 0 },
  'from a start to an end, which is included': { range: { start: 2, end: 4 }, start: 2, end: 4 },
  'the last byte alone': { range: { start: 9, end: 9 }, start: 9, end: 9 },
  'to the last byte when the end lies beyond': { range: { start: 8, end: 1000 }, start: 8, end: 9 },
  'all of it': { range: { start: 0, end: 9 }, start: 0, end: 9 },
  'a suffix': { range: { suffix: 3 }, start: 7, end: 9 },
  'a suffix as long as the object': { range: { suffix: 10 }, start: 0, end: 9 },
  'all of it when the suffix is longer': { range: { suffix: 1000 }, start: 0, end: 9 },
};

const BAD: readonly unknown[] = [
  ...[{}, { start: -1 }, { start: 1.5 }, { start: NaN }, { start: 2, end: 1 }, { start: 0, end: -1 }],
  ...[{ suffix: -1 }, { suffix: 0.5 }, { end: 5 }, { start: 0, suffix: 5 }, { start: '1' }],
  ...[
    { end: 5, suffix: 5 },
    { start: 0, end: Infinity },
  ],
];

export const range: Theme = (test) => {
  for (const [what, row] of Object.entries(ROWS)) {
    test(`reads a range: ${what}`, async (storage) => {
      const stored = await storage.put('k', TEXT);
      const content = await storage.get('k', { range: row.range });
      expect((await readAll(content.body)).toString()).toBe(TEXT.slice(row.start, row.end + 1));
      expect(content.range).toEqual({ start: row.start, end: row.end });
      expect(content.info).toMatchObject({ key: 'k', size: TEXT.length, etag: stored.etag });
      expect(await storage.text('k', { range: row.range })).toBe(TEXT.slice(row.start, row.end + 1));
    });
  }

  test('refuses a range that begins beyond the object', async (storage) => {
    await storage.put('k', TEXT);
    for (const start of [10, 11, 1000]) {
      await expectCode(storage.get('k', { range: { start } }), 'RANGE_NOT_SATISFIABLE');
      await expectCode(storage.get('k', { range: { start, end: start + 5 } }), 'RANGE_NOT_SATISFIABLE');
    }
    await expectCode(storage.get('k', { range: { suffix: 0 } }), 'RANGE_NOT_SATISFIABLE');
  });

  test('refuses every range of an empty object', async (storage) => {
    await storage.put('k', '');
    for (const wanted of [{ start: 0 }, { start: 0, end: 0 }, { suffix: 5 }]) {
      await expectCode(storage.get('k', { range: wanted }), 'RANGE_NOT_SATISFIABLE');
    }
    expect(await storage.text('k')).toBe('');
  });

  test('refuses what is no range', async (storage) => {
    await storage.put('k', TEXT);
    for (const wrong of BAD) {
      await expectCode(storage.get('k', { range: wrong as ByteRange }), 'INVALID_ARGUMENT');
    }
  });

  test('says NOT_FOUND for a range of a missing object', async (storage) => {
    await expectCode(storage.get('none', { range: { start: 0 } }), 'NOT_FOUND');
  });

  test('judges conditions before the range', async (storage) => {
    const { etag } = await storage.put('k', TEXT);
    const beyond = { start: 100 };
    await expectCode(storage.get('k', { range: beyond, ifMatch: 'other' }), 'PRECONDITION_FAILED');
    await expectCode(storage.get('k', { range: beyond, ifNoneMatch: etag }), 'NOT_MODIFIED');
    expect(await storage.text('k', { range: { start: 5 }, ifMatch: etag })).toBe('56789');
  });

  test('gives the parts of a large object, which make the whole', async (storage) => {
    const whole = bytesOf(MIB + 77);
    await storage.put('k', whole);
    const step = 100 * KIB - 3;
    const parts: Buffer[] = [];
    for (let start = 0; start < whole.length; start += step) {
      parts.push(await storage.bytes('k', { range: { start, end: start + step - 1 } }));
    }
    expect(Buffer.concat(parts).equals(whole)).toBe(true);
  });
};
