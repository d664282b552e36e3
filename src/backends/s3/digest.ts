import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc32Checksum } from '../../core/checksum.js';
import type { Checksum } from '../../core/object.js';
import type { S3ChecksumName } from './profile.js';

/**
 * Bytes of a body up to which its answer compares the checksum itself; `wire/` reads it before anybody is given it. A larger
 * one may come in pieces, of several answers: whoever puts them together compares it.
 */
export const SMALL_BODY = 64 * 1024;

/** A checksum that is being computed, and what it should be. */
export class Digest {
  private crc = 0;
  private readonly hash: Hash | undefined;

  /** @param expected base64, as S3 has it. */
  constructor(
    readonly name: S3ChecksumName,
    private readonly expected: string,
  ) {
    if (name !== 'crc32') this.hash = createHash(name);
  }

  update(chunk: Uint8Array): void {
    if (this.hash) this.hash.update(chunk);
    else this.crc = crc32(chunk, this.crc);
  }

  /** Called once, at the end. */
  matches(): boolean {
    return (this.hash ? this.hash.digest('base64') : crc32Checksum(this.crc).value) === this.expected;
  }
}

/** The checksum of `bytes`. */
export function checksumOf(name: S3ChecksumName, bytes: Uint8Array): Checksum {
  if (name === 'crc32') return crc32Checksum(crc32(bytes));
  return { algorithm: name, value: createHash(name).update(bytes).digest('base64') };
}

/** The checksum that an answer tells of the whole object. Those of parts (`…-3`, composite) say nothing of the whole. */
export function toldChecksum(
  headers: Readonly<Record<string, string>>,
): (Checksum & { readonly algorithm: 'crc32' | 'sha256' }) | undefined {
  if (headers['x-amz-checksum-type'] === 'COMPOSITE') return undefined;
  for (const algorithm of ['crc32', 'sha256'] as const) {
    const value = headers[`x-amz-checksum-${algorithm}`];
    if (value !== undefined && !value.includes('-')) return { algorithm, value };
  }
  return undefined;
}
