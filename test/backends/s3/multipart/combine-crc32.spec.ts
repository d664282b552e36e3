import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { crc32 } from 'node:zlib';
import { combineCrc32 } from '../../../../src/backends/s3/multipart/combine-crc32.js';

describe('the CRC-32 of two runs of bytes', () => {
  it('is that of both, one behind the other', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (one, two) => {
        const whole = crc32(Buffer.concat([one, two]));
        expect(combineCrc32(crc32(one), crc32(two), two.length)).toBe(whole);
      }),
      { numRuns: 300 },
    );
  });

  it('is right for lengths that take more than 32 bits, too', () => {
    // Zero bytes twice as long are the same map applied twice.
    const zeros = (length: number, crc: number): number => combineCrc32(crc, 0, length);
    const length = 2 ** 33 + 12_345;
    expect(zeros(2 * length, 0x12345678)).toBe(zeros(length, zeros(length, 0x12345678)));
    expect(zeros(2 ** 33, 1)).not.toBe(zeros(0, 1));
  });

  it('is that of many parts', () => {
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919) & 255));
    let crc = 0;
    for (let at = 0; at < bytes.length; at += 9_973) {
      const part = bytes.subarray(at, at + 9_973);
      crc = combineCrc32(crc, crc32(part), part.length);
    }
    expect(crc).toBe(crc32(bytes));
  });
});
