import type { ProgressListener, TransferProgress } from './progress.js';

/**
 * The progress of one transfer as something to iterate over: `storage.put(key, body, { onProgress: feed.listener })`, then
 * `for await (const { bytes } of feed)`. A slow reader misses what came between; the last report it always gets.
 */
export class ProgressFeed implements AsyncIterable<TransferProgress> {
  private latest: TransferProgress | undefined;
  private ended = false;
  private wake: (() => void) | undefined;

  /** Pass it as `onProgress`, to one transfer. */
  readonly listener: ProgressListener = (progress) => {
    this.latest = progress;
    this.ended = progress.ended;
    this.wake?.();
  };

  /** Ends when the transfer has ended. One reader at a time. */
  async *[Symbol.asyncIterator](): AsyncGenerator<TransferProgress, void, undefined> {
    for (;;) {
      const { latest } = this;
      this.latest = undefined;
      if (latest) yield latest;
      else if (this.ended) return;
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
