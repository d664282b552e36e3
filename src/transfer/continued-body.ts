import { Readable } from 'node:stream';
import { otherChecksum, otherSize } from '../core/broken-content.js';
import { StorageError } from '../core/error.js';

/** Bytes that are held for a reader that is slower than the source. */
const HIGH_WATER = 256 * 1024;

/** What a body is, and how it goes on when it breaks off. */
export interface Continuation {
  /** Bytes of all of it. */
  readonly size: number;
  /**
   * Opens the bytes from `from` on: a body of just the rest. Absent: a body that breaks off fails.
   * What it throws is final, so it makes its own tries; after `signal` nobody waits for it.
   */
  readonly reopen?: ((from: number, signal: AbortSignal) => Promise<Readable>) | undefined;
  /**
   * Milliseconds to wait before the body is opened again, or undefined to give up.
   * @param breaks How often it has broken off in a row without a byte in between, from 1.
   * @param elapsedMs Since the first of them.
   */
  readonly pause: (breaks: number, elapsedMs: number) => number | undefined;
  /** Told when a body that was opened again gives bytes. */
  readonly recovered?: ((breaks: number) => void) | undefined;
  /** A checksum of all of it. */
  readonly digest?: BodyDigest | undefined;
}

/** A checksum that is being computed, and what it should be. */
export interface BodyDigest {
  readonly name: string;
  update(chunk: Uint8Array): void;
  /** Called once, at the end. */
  matches(): boolean;
}

/**
 * A body that survives its source: when that breaks off, ends early or says nothing for too long, it goes on with another
 * one from the byte that it has come to, and its reader sees one stream. Length and checksum are those of all pieces.
 *
 * It fails with INTEGRITY when the whole is not what it should be, with what `reopen` throws, or with the failure of the
 * source when it cannot go on. It holds nothing after its end; a source that nobody has begun to read may end by itself.
 */
export class ContinuedBody extends Readable {
  private received = 0;
  private begun = false;
  private paused = false;
  private finished = false;
  /** What broke off while the reader was busy: it is opened again when it is wanted. */
  private broken: Error | undefined;
  private breaks = 0;
  private brokeAt = 0;
  private waiting: NodeJS.Timeout | undefined;
  private reopening: AbortController | undefined;

  constructor(
    private source: Readable,
    private readonly continuation: Continuation,
  ) {
    super({ highWaterMark: HIGH_WATER });
    source.on('error', (error) => this.onBreak(source, error));
  }

  override _read(): void {
    if (!this.begun) {
      this.begun = true;
      this.attach(this.source);
    } else if (this.paused) {
      this.paused = false;
      if (this.broken) this.onBreak(this.source, this.broken);
      else this.source.resume();
    }
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.waiting);
    this.reopening?.abort();
    // One that has ended has given its connection back.
    if (!this.source.readableEnded) this.source.destroy();
    done(error);
  }

  private attach(source: Readable): void {
    source.on('data', (chunk: Buffer) => this.accept(chunk));
    source.once('end', () => this.onEnd(source));
    source.once('close', () => this.onBreak(source, undefined));
    if (source.destroyed) this.onBreak(source, source.errored ?? undefined);
  }

  private accept(chunk: Buffer): void {
    if (this.destroyed) return;
    this.received += chunk.length;
    if (this.received > this.continuation.size) return void this.destroy(this.wrongSize());
    if (this.breaks > 0) {
      this.continuation.recovered?.(this.breaks);
      this.breaks = 0;
    }
    this.continuation.digest?.update(chunk);
    if (!this.push(chunk)) {
      this.paused = true;
      this.source.pause();
    }
  }

  private onEnd(source: Readable): void {
    if (source !== this.source || this.destroyed || this.readableEnded) return;
    if (this.received < this.continuation.size) return this.onBreak(source, this.wrongSize());
    this.finish();
  }

  private finish(): void {
    const { digest } = this.continuation;
    if (digest && !digest.matches()) {
      this.destroy(otherChecksum(digest.name));
    } else {
      this.finished = true;
      this.push(null);
    }
  }

  private onBreak(source: Readable, error: Error | undefined): void {
    if (source !== this.source || this.destroyed || this.finished || this.waiting || this.reopening) return;
    const failure = error ?? new StorageError('UNAVAILABLE', 'The body was closed', { reason: 'connection' });
    const { size, reopen, pause } = this.continuation;
    if (this.begun && this.received === size) return this.finish();
    // A server may well close what nobody reads for an hour; to open it again at once would go on for as long.
    if (this.paused) {
      this.broken = failure;
      source.destroy();
      return;
    }
    this.broken = undefined;
    const now = performance.now();
    if (this.breaks++ === 0) this.brokeAt = now;
    const ms = this.begun && reopen && mayGoOn(failure) ? pause(this.breaks, now - this.brokeAt) : undefined;
    if (ms === undefined || !reopen) return void this.destroy(failure);
    source.destroy();
    this.waiting = setTimeout(() => void this.goOn(reopen), ms);
  }

  private async goOn(reopen: NonNullable<Continuation['reopen']>): Promise<void> {
    this.waiting = undefined;
    const { signal } = (this.reopening = new AbortController());
    try {
      const source = await reopen(this.received, signal);
      this.reopening = undefined;
      source.on('error', (error) => this.onBreak(source, error));
      if (this.destroyed) return void source.destroy();
      this.source = source;
      this.paused = false;
      this.attach(source);
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  private wrongSize(): StorageError {
    return otherSize(this.received, this.continuation.size);
  }
}

/** Whether another source may do better: the failure is of the transport, and nobody has asked for an end. */
function mayGoOn(failure: Error): boolean {
  if (!StorageError.is(failure)) return false;
  if (failure.code === 'INTEGRITY') return failure.reason === 'size';
  return failure.temporary && failure.reason !== 'closed';
}
