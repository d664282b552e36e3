import { Readable } from 'node:stream';
import { StorageError } from '../../core/error.js';
import type { FileScanner, ScanFile } from '../../scan/file-scanner.js';
import { infected, noVerdict } from './scan-refusal.js';

/** Bytes that wait for the scanner, at most. */
const HIGH_WATER_MARK = 256 * 1024;

/** How a body is scanned. */
export interface BodyScan {
  readonly scanner: FileScanner;
  readonly file: ScanFile;
  /** Milliseconds that the scanner may let everything wait for it. */
  readonly timeoutMs: number;
}

/**
 * A body that goes to the storage and to a scanner at once, as fast as the slower of them takes it. Its last chunk and its end are
 * held back until the scanner has called it clean: so a storage that knows how long it is has not all of it before, either.
 *
 * It fails with CONTENT_REFUSED for what is infected, and with UNAVAILABLE (reason `scanner`) when there is no verdict. The time of
 * the scanner counts while it takes nothing of what is there, and after the last byte: not while the client or the storage is slow.
 */
export class ScannedBody extends Readable {
  private held: Uint8Array | undefined;
  private storageWants = false;
  private scannerWants = false;
  private flowing = false;
  private judged = false;
  private timer: NodeJS.Timeout | undefined;
  private readonly abort = new AbortController();
  /** What the scanner reads. */
  private readonly copy = new Readable({ highWaterMark: HIGH_WATER_MARK, read: () => this.onScannerRead() });

  constructor(
    private readonly source: Readable,
    private readonly how: BodyScan,
  ) {
    super();
    // Both may fail when nobody listens any more.
    for (const stream of [this, this.copy]) stream.on('error', () => undefined);
    source.once('error', (error) => this.destroy(error));
    source.once('close', () => {
      if (!source.readableEnded) this.destroy(source.errored ?? undefined);
    });
    source.once('end', () => {
      this.copy.push(null);
      this.wait();
    });
    if (source.destroyed) this.destroy(source.errored ?? undefined);
  }

  override _read(): void {
    this.storageWants = true;
    if (!this.flowing) {
      this.flowing = true;
      this.source.pause().on('data', (chunk: Uint8Array) => this.accept(chunk));
      this.wait();
      void this.judge();
    }
    this.flow();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // The storage ends a source that lets others wait for memory. Here it was not the client who did.
    const why =
      this.timer && StorageError.is(error, 'TIMEOUT') && error.reason === 'stalled'
        ? noVerdict('it was too slow, while others waited for memory', error)
        : error;
    clearTimeout(this.timer);
    this.held = undefined;
    if (!this.judged) this.abort.abort(why ?? undefined);
    this.copy.destroy();
    this.source.destroy(why ?? undefined);
    done(why);
  }

  private accept(chunk: Uint8Array): void {
    const { held } = this;
    this.held = chunk;
    this.scannerWants = this.copy.push(chunk);
    if (!this.scannerWants) this.wait();
    if (held) this.storageWants = this.push(held);
    this.flow();
  }

  private onScannerRead(): void {
    this.scannerWants = true;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.flow();
  }

  private flow(): void {
    if (!this.flowing || this.destroyed) return;
    if (this.storageWants && this.scannerWants) this.source.resume();
    else this.source.pause();
  }

  private wait(): void {
    const { timeoutMs } = this.how;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.destroy(noVerdict(`it did nothing for ${timeoutMs} ms`)), timeoutMs);
  }

  private async judge(): Promise<void> {
    const { scanner, file } = this.how;
    try {
      const verdict: unknown = await scanner.scan(this.copy, file, { signal: this.abort.signal });
      this.judged = true;
      if (this.destroyed) return;
      if (verdict !== 'clean') this.destroy(infected(verdict));
      else if (!this.copy.readableEnded)
        this.destroy(noVerdict('it said "clean" before it had read the file'));
      else this.release();
    } catch (error) {
      this.judged = true;
      this.destroy(noVerdict(error instanceof Error ? error.message : String(error), error));
    }
  }

  private release(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.held) this.push(this.held);
    this.push(null);
  }
}
