import { assertKnownOptions } from '../../core/known-options.js';
import { StorageError } from '../../core/error.js';
import type { OperationOptions } from '../../core/options.js';
import { HOUR_MS } from '../../core/hour-ms.js';

/** What a sweep removes, as `storage.uploads.sweep` takes it. */
export interface SweepPendingOptions extends OperationOptions {
  /**
   * Hours since the last byte came; of a tus upload, and of one in parts, since it was begun. Default: 48, twice the life of a ticket; of
   * tus uploads the `expiresAfterMs` of TusModule.
   */
  readonly olderThanHours?: number | undefined;
  /** Tell what would be removed, and remove nothing. Default: false. */
  readonly dryRun?: boolean | undefined;
}

/** What a sweep made of one upload that is not admitted, or of what is left of one. */
export interface SweptPending {
  /** The name of the storage. */
  readonly storage: string;
  /** Of the whole storage, below its pending prefix. A prefix, where that could not be listed. */
  readonly key: string;
  /** Of an upload in parts, as the backend names it. */
  readonly uploadId?: string | undefined;
  /**
   * `young`: it is not old enough; `busy`: a request is at it; `removable`: it would be removed, but for `dryRun`; `failed`: see
   * `error`.
   */
  readonly outcome: 'removed' | 'removable' | 'young' | 'busy' | 'failed';
  readonly error?: StorageError | undefined;
}

/** @throws StorageError INVALID_ARGUMENT. */
export function assertSweepOptions(options: SweepPendingOptions): void {
  assertKnownOptions('sweep', options, ['olderThanHours', 'dryRun', 'signal']);
  const { olderThanHours = 0 } = options;
  if (typeof olderThanHours === 'number' && olderThanHours >= 0) return;
  throw new StorageError('INVALID_ARGUMENT', 'olderThanHours takes a number of hours, 0 or more', {
    reason: 'olderThanHours',
  });
}

/** Whether what was touched then is not old enough. A clock that is ahead of ours makes it new, not one that is not there yet. */
export const isYoung = (touchedMs: number, olderThanHours: number): boolean =>
  Math.max(0, Date.now() - touchedMs) < olderThanHours * HOUR_MS;

/** What comes of `work`; what the storage refuses is told, and ends no sweep. @throws what is no StorageError; ABORTED. */
export async function outcomeOf(
  work: () => Promise<SweptPending['outcome']>,
): Promise<Pick<SweptPending, 'outcome' | 'error'>> {
  try {
    return { outcome: await work() };
  } catch (error) {
    if (!StorageError.is(error) || StorageError.is(error, 'ABORTED')) throw error;
    return { outcome: 'failed', error };
  }
}
