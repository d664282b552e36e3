import { linkAbort } from '../../core/abort.js';
import { StorageError } from '../../core/error.js';
import type { ObjectInfo } from '../../core/object.js';
import { ProgressFeed } from '../../core/progress-feed.js';
import type { ProgressListener, TransferProgress } from '../../core/progress.js';

/** How an upload does what its handle asks for. */
export interface UploadWork {
  readonly id: string;
  readonly key: string;
  /** Whether another process can go on with it. */
  readonly resumable: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
  run(signal: AbortSignal, onProgress: ProgressListener): Promise<ObjectInfo>;
  /** Removes what an upload has left that was stopped. */
  clean(): Promise<void>;
}

/** An upload that runs: `await upload.done`. */
export class UploadHandle {
  /** By it `resume`, `list` and `abort` know the upload, in any process. */
  readonly id: string;
  readonly key: string;
  /**
   * The object, when all of it is stored. Rejects with the StorageError of the upload: ABORTED, reason `paused` or `aborted`,
   * after `pause` or `abort`.
   */
  readonly done: Promise<ObjectInfo>;
  /** How far it is, until it has ended. One reader at a time. */
  readonly progress: AsyncIterable<TransferProgress>;
  private readonly stop: (reason: StorageError) => void;

  /** @internal */
  constructor(private readonly work: UploadWork) {
    this.id = work.id;
    this.key = work.key;
    const link = linkAbort(work.signal);
    const feed = new ProgressFeed();
    this.progress = feed;
    this.stop = (reason) => link.abort(reason);
    const onProgress: ProgressListener = (progress) => {
      feed.listener(progress);
      work.onProgress?.(progress);
    };
    this.done = work.run(link.signal, onProgress).finally(() => link.release());
    // Whoever only iterates over the progress must not find the process ended.
    this.done.catch(() => undefined);
  }

  /**
   * Stops sending and gives the upload back: `resume` goes on, here or in another process. Resolves when nothing is on its
   * way any more, also when the upload had ended before.
   * @throws StorageError UNSUPPORTED for an upload that is not resumable.
   */
  async pause(): Promise<void> {
    if (!this.work.resumable)
      throw new StorageError('UNSUPPORTED', 'Only an upload that is started with resumable can be paused', {
        reason: 'resumable',
      });
    await this.end('paused');
  }

  /**
   * Stops sending and removes all that is stored of it. Resolves when that is done; an object that was complete stays.
   * @throws StorageError CONFLICT, reason `busy`, when another process has taken it over; OUTCOME_UNKNOWN when it
   * may just become the object, because that was its failure: nothing is removed then; UNAVAILABLE … when it cannot be
   * removed: `abort` or `sweep` of `uploads` do that later.
   */
  async abort(): Promise<void> {
    if (await this.end('aborted')) return;
    await this.work.clean();
  }

  /** Whether the upload succeeded before it could be stopped. */
  private async end(reason: 'paused' | 'aborted'): Promise<boolean> {
    this.stop(new StorageError('ABORTED', `The upload was ${reason}`, { reason }));
    return this.done.then(
      () => true,
      () => false,
    );
  }
}
