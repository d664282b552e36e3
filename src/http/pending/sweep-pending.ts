import { MultipartUploads } from '../../core/multipart-uploads.js';
import { StorageError } from '../../core/error.js';
import type { StorageService } from '../../storage/storage.service.js';
import { takeBack } from '../upload/take-back.js';
import type { PendingArea } from './pending-area.js';
import { withPendingLock } from './pending-lock.js';
import { isYoung, outcomeOf, type SweepPendingOptions, type SweptPending } from './swept-pending.js';
import { TICKET_SECONDS } from './ticket.js';

/** What `newHeldKey` puts behind the id of an upload, which is a UUID or has no dash. */
const ATTEMPT = /-[0-9a-f-]{36}$/;

/** Twice the life of a ticket. */
const DEFAULT_AGE_HOURS = (2 * TICKET_SECONDS) / 3600;

/**
 * Removes what was uploaded to `root` and never confirmed: objects, copies and uploads in parts below the rooms of `area` that nobody
 * wrote to for a while. What is just being confirmed stays: by this process always, by another one by its lock, where the storage
 * knows conditional writes. Locks and marks go when they are of no use to anybody, and are not told of.
 * @throws StorageError ABORTED. What the storage refuses is told in the result.
 */
export async function sweepPending(
  root: StorageService,
  area: PendingArea,
  options: SweepPendingOptions = {},
): Promise<SweptPending[]> {
  const { olderThanHours = DEFAULT_AGE_HOURS, dryRun = false, signal } = options;
  const swept: SweptPending[] = [];
  const tell = (one: Omit<SweptPending, 'storage'>): void => void swept.push({ storage: root.name, ...one });
  const attempt = async (prefix: string, work: () => Promise<void>): Promise<void> => {
    const { error } = await outcomeOf(() => work().then(() => 'removed'));
    if (error) tell({ key: prefix, outcome: 'failed', error });
  };
  const sweepOne = async (prefix: string, key: string, touchedMs: number) => {
    if (isYoung(touchedMs, olderThanHours)) return 'young';
    if (dryRun) return 'removable';
    const id = key.slice(prefix.length).replace(ATTEMPT, '');
    return removeIdle(root, area, id, () => root.delete(key, { signal }));
  };
  for (const prefix of area.rooms) {
    await attempt(prefix, async () => {
      for await (const { key, lastModified } of root.list(prefix, { signal }))
        tell({ key, ...(await outcomeOf(() => sweepOne(prefix, key, lastModified.getTime()))) });
    });
    if (!root.supports(MultipartUploads)) continue;
    await attempt(prefix, async () => {
      const uploads = await root.uploads.sweep({ prefix, olderThanHours, dryRun, signal });
      for (const { key, uploadId, outcome, error } of uploads) tell({ key, uploadId, outcome, error });
    });
  }
  if (!dryRun) await attempt(area.locks, () => sweepLocks(root, area, olderThanHours, signal));
  return swept;
}

/** Without its mark an upload could be confirmed once more, as long as its ticket is valid. Locks that somebody has are renewed. */
async function sweepLocks(
  root: StorageService,
  area: PendingArea,
  olderThanHours: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const ageHours = Math.max(olderThanHours, DEFAULT_AGE_HOURS);
  let failure: StorageError | undefined;
  for await (const { key, etag, lastModified } of root.list(area.locks, { signal })) {
    if (isYoung(lastModified.getTime(), ageHours)) continue;
    const { error } = await outcomeOf(() => takeBack(root, { key, etag }).then(() => 'removed'));
    failure ??= error;
  }
  if (failure) throw failure;
}

/** Does `remove` while nobody confirms the upload. */
async function removeIdle(
  root: StorageService,
  area: PendingArea,
  id: string,
  remove: () => Promise<void>,
): Promise<'removed' | 'busy'> {
  try {
    const removed = await area.once(id, () =>
      withPendingLock(root, area.lockKeyOf(id), area.owner, async () => {
        await remove();
        return 'removed' as const;
      }),
    );
    return removed ?? 'busy';
  } catch (error) {
    if (StorageError.is(error, 'CONFLICT') && error.reason === 'busy') return 'busy';
    if (!StorageError.is(error, 'NOT_FOUND') || error.reason !== 'confirmed') throw error;
    // It was sent when the upload was confirmed already.
    await remove();
    return 'removed';
  }
}
