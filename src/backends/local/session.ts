import { StorageError } from '../../core/error.js';
import type { Reader } from './reader.js';
import type { Root } from './root.js';
import { sweep, type SweepResult } from './sweeper.js';
import type { Uploads } from './uploads.js';
import type { Writer } from './writer.js';

/** One opening of a root. What it holds is given back when it has been retired and the last operation on it has ended. */
export class Session {
  private users = 0;
  private readonly retirement = new AbortController();
  private released: Promise<void> | undefined;
  private swept: Promise<unknown> = Promise.resolve();

  constructor(
    readonly root: Root,
    readonly reader: Reader,
    readonly writer: Writer,
    readonly uploads: Uploads,
  ) {}

  async use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    this.users++;
    try {
      return await work(this);
    } finally {
      this.users--;
      if (this.retirement.signal.aborted) void this.releaseIfIdle();
    }
  }

  /** One sweep after the other: what one of them holds must not look like something left behind. */
  sweep(): Promise<SweepResult> {
    const { signal } = this.retirement;
    const swept = this.swept.then(() => this.use(() => sweep(this.root, this.writer, signal)));
    this.swept = swept.catch(() => undefined);
    return swept;
  }

  /** Resolves when everything is given back; at once when operations still run, which do it when they end. */
  async retire(): Promise<void> {
    this.retirement.abort(new StorageError('UNAVAILABLE', 'The backend is closed', { reason: 'closed' }));
    await this.swept;
    await this.releaseIfIdle();
  }

  private async releaseIfIdle(): Promise<void> {
    if (this.users === 0) await (this.released ??= this.release());
  }

  private async release(): Promise<void> {
    const { directories, leftovers, owner } = this.root;
    await leftovers.sweep();
    await owner.close().catch(() => undefined);
    await directories.close().catch(() => undefined);
  }
}
