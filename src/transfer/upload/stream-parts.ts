import type { Readable } from 'node:stream';
import { consume } from '../../core/consume.js';
import { StorageError } from '../../core/error.js';
import type { PartLimits, UploadedPart } from '../../core/part-store.js';
import type { PartMemory } from '../../core/part-memory.js';
import type { TransferMemory } from '../../core/transfer-memory.js';
import { largestObject, tooLarge } from './part-size.js';
import type { PartSender } from './part-sender.js';

/** Bytes of the first buffer: what a client that sends slowly takes of the memory of all. */
const FIRST_BUFFER = 64 * 1024;
/** Milliseconds: a part that is full sooner gets all its memory at once, and nothing is copied twice. */
const FAST_MS = 2_000;
/** Bytes after which a source has shown how fast it is. */
const KNOWN_PACE = 1024 * 1024;

/** What a stream is cut into. */
export interface StreamPartsOptions {
  readonly partSize: number;
  readonly limits: PartLimits;
  readonly memory: TransferMemory;
  /** Bytes that the stream should have. */
  readonly size?: number | undefined;
  /** Parts that are stored already: their bytes are read and dropped. */
  readonly done?: ReadonlyMap<number, UploadedPart> | undefined;
}

/** Cuts a stream into parts: each byte is copied once into the buffer of its part, which goes out as it is. */
export class StreamParts {
  /** The part that is filled. */
  private number = 1;
  private memory: PartMemory | undefined;
  private filled = 0;
  /** Whether the part that is filled has its place among those at once. */
  private entered = false;
  /** Bytes still to come of a part that is stored already. */
  private skipping = 0;
  private total = 0;
  private began = 0;
  private fast = false;
  private readonly largest: number;

  constructor(
    private readonly sender: PartSender,
    private readonly options: StreamPartsOptions,
  ) {
    this.largest = largestObject(options.partSize, options.limits);
  }

  /**
   * Reads the stream to its end and sends all parts but the last, which it gives back: an empty one when there is no other.
   * Its memory is the caller's to release, by `drop`. @throws as `consume`; TOO_LARGE.
   */
  async read(body: Readable): Promise<{ readonly size: number; readonly last: Uint8Array | undefined }> {
    const { signal } = this.sender;
    const { size } = this.options;
    await consume(body, { signal, size }, (chunk) => this.take(chunk));
    if (this.skipping > 0)
      throw new StorageError('ABORTED', 'The source is shorter than what was stored of it', {
        reason: 'changed',
      });
    const { memory, total } = this;
    if (total === 0) await this.enter();
    const last = memory?.bytes.subarray(0, this.filled) ?? (total === 0 ? Buffer.alloc(0) : undefined);
    return { size: total, last };
  }

  /** Sends the last part. */
  send(last: Uint8Array): void {
    const { memory } = this;
    this.memory = undefined;
    this.entered = false;
    memory?.seal();
    this.sender.send(this.number, last, () => memory?.release());
  }

  /** Keeps the last part, which nothing is added to, while something else is done with it. */
  seal(): void {
    this.memory?.seal();
  }

  /** Gives back the memory and the place of a part that is not sent. */
  drop(): void {
    this.memory?.release();
    this.memory = undefined;
    if (this.entered) this.sender.leave();
    this.entered = false;
  }

  private take(chunk: Uint8Array): Promise<void> | undefined {
    const { memory, filled } = this;
    if (!memory || chunk.byteLength > memory.bytes.byteLength - filled) return this.takeAcross(chunk);
    memory.bytes.set(chunk, filled);
    memory.written = this.filled += chunk.byteLength;
    this.total += chunk.byteLength;
    return undefined;
  }

  /** A chunk that needs more memory, or goes on in the next part. */
  private async takeAcross(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.byteLength;) {
      const left = chunk.byteLength - at;
      if (this.skipping > 0 || this.skips()) {
        const skipped = Math.min(left, this.skipping);
        this.skipping -= skipped;
        this.total += skipped;
        at += skipped;
        continue;
      }
      const memory = this.memory ?? (await this.open());
      if (this.filled === memory.most) {
        this.next(memory);
        continue;
      }
      if (this.filled === memory.bytes.byteLength) await this.grow(memory, left);
      const count = Math.min(left, memory.bytes.byteLength - this.filled);
      memory.bytes.set(chunk.subarray(at, at + count), this.filled);
      memory.written = this.filled += count;
      this.total += count;
      at += count;
    }
  }

  private grow(memory: PartMemory, coming: number): Promise<void> | undefined {
    const { byteLength } = memory.bytes;
    const atOnce = (this.fast || this.soonFull(memory)) && this.options.memory.queue === 0;
    const size = atOnce ? memory.most : Math.max(FIRST_BUFFER, byteLength * 2, this.filled + coming);
    return memory.grow(Math.min(size, memory.most), this.filled, this.sender.signal);
  }

  private soonFull({ most }: PartMemory): boolean {
    if (this.filled < KNOWN_PACE) return false;
    return ((performance.now() - this.began) * most) / this.filled < FAST_MS;
  }

  /** Whether the part that begins here is stored already. */
  private skips(): boolean {
    if (this.memory) return false;
    const done = this.options.done?.get(this.number);
    const length = this.lengthHere();
    if (!done || done.size !== length || length === 0) return false;
    this.sender.skip(done);
    this.skipping = length;
    this.number++;
    return true;
  }

  private async open(): Promise<PartMemory> {
    const most = this.lengthHere();
    if (most <= 0 || this.number > this.options.limits.maxParts) throw tooLarge(this.largest);
    await this.enter();
    const { sender } = this;
    const stalled = (error: StorageError) => sender.fail(error);
    this.memory = await this.options.memory.claim(sender, most, sender.signal, stalled);
    this.filled = 0;
    this.began = performance.now();
    return this.memory;
  }

  private async enter(): Promise<void> {
    await this.sender.enter();
    this.entered = true;
  }

  private next(memory: PartMemory): void {
    this.fast = performance.now() - this.began < FAST_MS;
    this.send(memory.bytes.subarray(0, this.filled));
    this.number++;
  }

  /** Bytes of the part that begins here. */
  private lengthHere(): number {
    const { partSize, size } = this.options;
    return Math.min(partSize, (size ?? this.largest) - this.total, this.largest - this.total);
  }
}
