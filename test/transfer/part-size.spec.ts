import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { largestObject, partSizeFor } from '../../src/transfer/upload/part-size.js';
import { MIB } from '../support/bodies.js';
import { thrown } from '../support/errors.js';

const GIB = 1024 * MIB;
const TIB = 1024 * GIB;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const s3 = {
  minPart: 5 * MIB,
  maxPart: 5 * GIB,
  maxParts: 10_000,
  maxObject: 10_000 * 5 * GIB,
  equalParts: false,
};
const budget = 128 * MIB;

describe('partSizeFor', () => {
  it.each([
    [undefined, 8 * MIB],
    [0, 8 * MIB],
    [80_000 * MIB, 8 * MIB],
    [80_000 * MIB + 1, 9 * MIB],
    [100 * GIB, 11 * MIB],
    [5 * TIB, 525 * MIB],
    [10_000 * 5 * GIB, 5 * GIB],
  ])('of a file of %p bytes is %p', (size, part) => {
    expect(partSizeFor(size, s3)).toBe(part);
  });

  it('is what is asked for, within what the backend takes', () => {
    expect(partSizeFor(undefined, s3, { partSize: 20 * MIB + 7 })).toBe(20 * MIB + 7);
    expect(partSizeFor(undefined, s3, { partSize: 1 })).toBe(5 * MIB);
    expect(partSizeFor(undefined, s3, { partSize: 6 * GIB })).toBe(5 * GIB);
  });

  it('of a stream lets all parts at once fit into the memory', () => {
    expect(partSizeFor(undefined, s3, { partSize: 100 * MIB, budget })).toBe(32 * MIB);
    expect(partSizeFor(undefined, s3, { partSize: 100 * MIB, budget, concurrency: 2 })).toBe(64 * MIB);
    expect(partSizeFor(312 * GIB, s3, { budget })).toBe(32 * MIB);
    // Less than the smallest part for each: then fewer are under way at once.
    expect(partSizeFor(undefined, s3, { budget: 6 * MIB })).toBe(5 * MIB);
  });

  it('refuses what is too large for the backend, for the memory, and memory that holds no part', () => {
    expect(thrown(() => partSizeFor(s3.maxObject + 1, s3))).toMatchObject({ code: 'TOO_LARGE' });
    const stream = thrown(() => partSizeFor(10_000 * 32 * MIB + 1, s3, { budget }));
    expect(stream).toMatchObject({ code: 'TOO_LARGE', reason: 'size' });
    expect(stream.message).toContain(String(10_000 * 32 * MIB));
    expect(thrown(() => partSizeFor(1, s3, { budget: 5 * MIB - 1 }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'config',
    });
  });

  it('makes no more parts than there may be, each within the limits, of any object', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: s3.maxObject }),
        fc.option(fc.integer({ min: 1, max: 10 * GIB }), { nil: undefined }),
        (size, partSize) => {
          const part = partSizeFor(size, s3, { partSize });
          expect(part).toBeGreaterThanOrEqual(s3.minPart);
          expect(part).toBeLessThanOrEqual(s3.maxPart);
          expect(largestObject(part, s3)).toBeGreaterThanOrEqual(size);
        },
      ),
    );
  });
});
