import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc32c } from './crc32c.js';

/** The checksum of the checksums of parts, of bytes that come in order. */
export class CompositeSum {
  private readonly sums: Buffer[] = [];
  private readonly left: number[];
  private crc = 0;
  private hash: Hash | undefined;

  /** @param sizes Bytes of each part. */
  constructor(
    private readonly algorithm: string,
    sizes: readonly number[],
  ) {
    this.left = [...sizes].reverse();
    this.begin();
  }

  update(chunk: Uint8Array): void {
    for (let rest = chunk; rest.byteLength > 0;) {
      const wanted = this.left.pop() ?? Infinity;
      const piece = rest.subarray(0, wanted);
      rest = rest.subarray(piece.byteLength);
      this.add(piece);
      if (piece.byteLength < wanted) this.left.push(wanted - piece.byteLength);
      else this.end();
    }
  }

  /** base64. Called once, at the end. */
  value(): string {
    // A part may be empty.
    while (this.left.pop() !== undefined) this.end();
    this.begin();
    this.add(Buffer.concat(this.sums));
    this.end();
    return this.sums.at(-1)?.toString('base64') ?? '';
  }

  private begin(): void {
    this.crc = 0;
    this.hash = this.algorithm.startsWith('crc') ? undefined : createHash(this.algorithm);
  }

  private add(bytes: Uint8Array): void {
    if (this.hash) this.hash.update(bytes);
    else this.crc = this.algorithm === 'crc32' ? crc32(bytes, this.crc) : crc32c(bytes, this.crc);
  }

  private end(): void {
    if (this.hash) this.sums.push(this.hash.digest());
    else {
      const sum = Buffer.alloc(4);
      sum.writeUInt32BE(this.crc);
      this.sums.push(sum);
    }
    this.begin();
  }
}
