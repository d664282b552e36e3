import type { PartMemory } from '../../core/part-memory.js';

/** Bytes of the first buffer: what a client that sends slowly takes of the memory of all. */
const FIRST_BUFFER = 64 * 1024;

/** The part that is being filled: room for what is stored of it already, then what comes. */
export class TusPart {
  private filled: number;

  /**
   * @param start The offset of the part in the upload.
   * @param stored Bytes at its beginning that are stored, and not in memory yet.
   */
  constructor(
    readonly number: number,
    readonly start: number,
    readonly stored: number,
    private readonly memory: PartMemory,
  ) {
    this.filled = stored;
  }

  /** The offset behind its last byte. */
  get end(): number {
    return this.start + this.filled;
  }

  get isFull(): boolean {
    return this.filled === this.memory.most;
  }

  /** What has come, without what was stored before. */
  get fresh(): Uint8Array {
    return this.memory.bytes.subarray(this.stored, this.filled);
  }

  /** All of it, once what was stored is written into `room`. */
  get bytes(): Buffer {
    return this.memory.bytes.subarray(0, this.filled);
  }

  /** Takes what fits of `chunk` and tells how much that was. */
  async take(chunk: Uint8Array, signal: AbortSignal): Promise<number> {
    const count = Math.min(chunk.byteLength, this.memory.most - this.filled);
    const needed = this.filled + count;
    if (needed > this.memory.bytes.byteLength) await this.grow(needed, signal);
    this.memory.bytes.set(count === chunk.byteLength ? chunk : chunk.subarray(0, count), this.filled);
    this.filled += count;
    this.memory.written = this.filled;
    return count;
  }

  /** The room of what was stored before, to be filled. */
  async room(signal: AbortSignal): Promise<Buffer> {
    if (this.stored > this.memory.bytes.byteLength) await this.grow(this.stored, signal);
    return this.memory.bytes.subarray(0, this.stored);
  }

  /** Nothing is added any more. */
  seal(): void {
    this.memory.seal();
  }

  release(): void {
    this.memory.release();
  }

  private grow(needed: number, signal: AbortSignal): Promise<void> | undefined {
    const { bytes, most } = this.memory;
    const size = Math.min(Math.max(needed, bytes.byteLength * 2, FIRST_BUFFER), most);
    return this.memory.grow(size, this.filled, signal);
  }
}
