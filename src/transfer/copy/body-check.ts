import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc32Checksum } from '../../core/checksum.js';
import type { Checksum } from '../../core/object.js';

/** Hashes that S3 keeps as checksums and Node computes. */
const HASHES: readonly string[] = ['sha256', 'sha1', 'md5'];

/** Counts the bytes of a body on its way and computes their CRC-32, and the checksum that its source tells when that is another. */
export class BodyCheck {
  private seen = 0;
  private crc = 0;
  private readonly told: Checksum | undefined;
  private readonly hash: Hash | undefined;
  private known: readonly Checksum[] | undefined;

  constructor(told: Checksum | undefined) {
    // Of checksums of parts (`…-3`) nothing follows for the whole.
    this.told = told?.value.includes('-') ? undefined : told;
    if (this.told && HASHES.includes(this.told.algorithm)) this.hash = createHash(this.told.algorithm);
  }

  /** Bytes that came. */
  get size(): number {
    return this.seen;
  }

  update(chunk: Uint8Array): void {
    this.seen += chunk.byteLength;
    this.crc = crc32(chunk, this.crc);
    this.hash?.update(chunk);
  }

  /**
   * Whether all that came has this checksum: undefined where there is none, or nobody can tell. Not before the end.
   * Default: the one that the source tells.
   */
  matches(checksum: Checksum | undefined = this.told): boolean | undefined {
    this.known ??= this.compute();
    const own = this.known.find(({ algorithm }) => algorithm === checksum?.algorithm);
    return own && checksum && !checksum.value.includes('-') ? own.value === checksum.value : undefined;
  }

  private compute(): readonly Checksum[] {
    const crc = crc32Checksum(this.crc);
    if (!this.hash || !this.told) return [crc];
    return [crc, { algorithm: this.told.algorithm, value: this.hash.digest('base64') }];
  }
}
