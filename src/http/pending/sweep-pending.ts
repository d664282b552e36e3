import { assertKnownOptions } from '../../core/known-options.js';
import { MultipartUploads } from '../../core/multipart-uploads.js';
import { StorageError } from '../../core/error.js';
import type { OperationOptions } from '../../core/options.js';
import type { StorageService } from '../../storage/storage.service.js';
import type { PendingArea } from './pending-area.js';
import { TICKET_SECONDS } from './ticket.js';

/** What is swept of the uploads that were never confirmed. */
export interface SweepPendingOptions extends OperationOptions {
  /** Milliseconds since the last byte came. Default: 172,800,000 (two days), twice the life of a ticket. */
  readonly olderThanMs?: number | undefined;
}

/** What a sweep did in one storage. */
export interface SweptPending {
  /** The name of the storage. */
  readonly storage: string;
  /** Objects and uploads in parts that are gone. */
  readonly removed: number;
  /** Those that could not be removed, and what was found instead of a list. */
  readonly errors: readonly StorageError[];
}

/** Milliseconds. */
const DEFAULT_AGE_MS = 2 * TICKET_SECONDS * 1000;

/**
 * Removes what was uploaded to `root` and never confirmed: objects, copies, locks and uploads in parts below the rooms of `area`
 * that nobody wrote to for a while. What other servers are at is younger than that.
 * @throws StorageError INVALID_ARGUMENT; ABORTED. What the storage refuses is told in the result.
 */
export async function sweepPending(
  root: StorageService,
  area: PendingArea,
  options: SweepPendingOptions = {},
): Promise<SweptPending> {
  assertKnownOptions('sweepPending', options, ['olderThanMs', 'signal']);
  const { olderThanMs = DEFAULT_AGE_MS, signal } = options;
  if (!(typeof olderThanMs === 'number' && olderThanMs >= 0))
    throw new StorageError('INVALID_ARGUMENT', 'olderThanMs takes a number of milliseconds, 0 or more', {
      reason: 'olderThanMs',
    });
  const errors: StorageError[] = [];
  let removed = 0;
  const attempt = async (work: () => Promise<number>): Promise<void> => {
    try {
      const count = await work();
      removed += count;
    } catch (error) {
      if (!StorageError.is(error) || StorageError.is(error, 'ABORTED')) throw error;
      errors.push(error);
    }
  };
  const sweepObjects = (prefix: string, ageMs: number, counts: 0 | 1): Promise<void> =>
    attempt(async () => {
      const before = Date.now() - ageMs;
      for await (const { key, lastModified } of root.list(prefix, { signal })) {
        if (lastModified.getTime() > before) continue;
        await attempt(() => root.delete(key, { signal }).then(() => counts));
      }
      return 0;
    });
  for (const prefix of area.rooms) {
    await sweepObjects(prefix, olderThanMs, 1);
    if (!root.supports(MultipartUploads)) continue;
    await attempt(async () => {
      const swept = await root.uploads.sweep({ prefix, olderThanHours: olderThanMs / 3_600_000, signal });
      for (const { error } of swept) if (error) errors.push(error);
      return swept.filter(({ outcome }) => outcome === 'removed').length;
    });
  }
  // Without its mark an upload could be confirmed once more, as long as its ticket is valid.
  await sweepObjects(area.locks, Math.max(olderThanMs, DEFAULT_AGE_MS), 0);
  return { storage: root.name, removed, errors };
}
