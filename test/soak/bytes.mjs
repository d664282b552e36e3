import { createCipheriv, createHash } from 'node:crypto';
import { Readable } from 'node:stream';

/** The bytes that `seed` stands for: any that are wrong, missing, doubled or out of place show. */
export function bytesOf(seed, size) {
  const key = createHash('sha256').update(seed).digest().subarray(0, 16);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

/** The same as a stream, in chunks of any size. */
export function streamOf(bytes, random) {
  let at = 0;
  return new Readable({
    read() {
      if (at === bytes.length) return this.push(null);
      const to = Math.min(bytes.length, at + 1 + Math.floor(random() * 256 * 1024));
      this.push(bytes.subarray(at, to));
      at = to;
    },
  });
}

/** Numbers from 0 to 1 that `seed` repeats: https://prng.di.unimi.it/splitmix64.c, with 32 bits. */
export function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
