import type { Checksum } from './object.js';

/** `crc` (of `zlib.crc32`) as S3 writes it: base64 of four big-endian bytes. */
export function crc32Checksum(crc: number): Checksum {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return { algorithm: 'crc32', value: bytes.toString('base64') };
}
