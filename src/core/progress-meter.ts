import type { ProgressListener, TransferProgress } from './progress.js';

/** Milliseconds between two reports. */
const INTERVAL_MS = 100;

/**
 * Counts what a transfer has done and reports it, at most so often and without a timer: what comes too early is told with
 * the next report, at the latest with the last one. A listener that throws is no reason to end a transfer: a warning is emitted.
 */
export class ProgressMeter {
  private bytes = 0;
  /** Bytes that were moved, also those that were moved again. */
  private moved = 0;
  private parts = 0;
  private readonly began = performance.now();
  private told = -Infinity;
  private ended = false;

  /** @param total Bytes in all, where that is known. */
  constructor(
    private readonly listener: ProgressListener | undefined,
    private readonly total?: number,
  ) {}

  /** So many bytes more are stored, as a part or as a piece of what goes as a whole. */
  add(bytes: number, parts = 0): void {
    this.moved += bytes;
    this.count(bytes, parts);
  }

  /** So many bytes were stored before, and need not be moved. */
  had(bytes: number, parts: number): void {
    this.count(bytes, parts);
  }

  /** From nothing again: the transfer was started anew. */
  restart(): void {
    this.bytes = 0;
    this.parts = 0;
  }

  /** The last report; of several calls the first counts. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.tell(true);
  }

  private count(bytes: number, parts: number): void {
    this.bytes += bytes;
    this.parts += parts;
    if (!this.listener || this.ended) return;
    const now = performance.now();
    if (now - this.told < INTERVAL_MS) return;
    this.told = now;
    this.tell(false);
  }

  private tell(ended: boolean): void {
    if (!this.listener) return;
    const seconds = (performance.now() - this.began) / 1000;
    const progress: TransferProgress = {
      bytes: this.bytes,
      total: this.total,
      parts: this.parts,
      rate: seconds > 0 ? this.moved / seconds : 0,
      ended,
    };
    try {
      this.listener(progress);
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  }
}
