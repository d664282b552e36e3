import { describe, expect, it } from '@jest/globals';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { Crc32Combiner } from '../../src/transfer/combine-crc32.js';

describe('the CRC-32 of two pieces', () => {
  const combiner = new Crc32Combiner();

  it('is that of the whole', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.uint8Array({ maxLength: 3000 }), (a, b) => {
        const whole = crc32(Buffer.concat([a, b]));
        return combiner.combine(crc32(a), crc32(b), b.length) === whole;
      }),
    );
  });

  it('is right for many pieces, and for lengths beyond 32 bits', () => {
    // By associativity: (a b) c = a (b c), with b c of 6 GiB.
    const [a, b, c] = [0x12345678, 0x9abcdef0, 0x0fedcba9];
    const [bLength, cLength] = [5 * 2 ** 30 + 1, 2 ** 30 - 1];
    const left = combiner.combine(combiner.combine(a, b, bLength), c, cLength);
    const right = combiner.combine(a, combiner.combine(b, c, cLength), bLength + cLength);
    expect(left).toBe(right);
    const zeros = Buffer.alloc(1000);
    let whole = 0;
    for (let i = 0; i < 50; i++) whole = combiner.combine(whole, crc32(zeros), zeros.length);
    expect(whole).toBe(crc32(Buffer.alloc(50_000)));
  });
});
