import { throwIfAborted } from '../../core/abort.js';
import { HOUR_MS } from '../../core/hour-ms.js';
import {
  isYoung,
  outcomeOf,
  type SweepPendingOptions,
  type SweptPending,
} from '../../http/pending/swept-pending.js';
import type { TusFolder } from './tus-folder.js';
import type { TusUploads } from './tus-uploads.js';

type Outcome = SweptPending['outcome'];

/** Does `work` while nobody else works at an upload; undefined when somebody does. */
export type WhileIdle = (
  id: string,
  work: () => Promise<Outcome>,
  signal?: AbortSignal,
) => Promise<Outcome | undefined>;

/**
 * Removes the uploads that have expired, with their parts, and the records of those that were completed as long ago. An upload
 * that a request works at stays until the next sweep.
 * @throws StorageError ABORTED. What the storage refuses is told in the result.
 */
export async function sweepTus(
  uploads: TusUploads,
  whileIdle: WhileIdle,
  options: SweepPendingOptions = {},
): Promise<SweptPending[]> {
  const { olderThanHours = uploads.expiresAfterMs / HOUR_MS, dryRun = false, signal } = options;
  const { storage, root } = uploads;
  const swept: SweptPending[] = [];
  const isOld = (touchedMs: number): boolean => !isYoung(touchedMs, olderThanHours);
  const listed = await outcomeOf(async () => {
    let cursor: string | undefined;
    do {
      const page = await storage.page({ prefix: root, delimiter: '/', cursor, signal });
      for (const prefix of page.prefixes) {
        throwIfAborted(signal);
        const folder = uploads.folder(prefix.slice(root.length, -1));
        if (!folder) continue;
        const result = await outcomeOf(() => sweepOne(uploads, folder, isOld, whileIdle, { dryRun, signal }));
        swept.push({ storage: storage.name, key: prefix, ...result });
      }
      cursor = page.cursor;
    } while (cursor !== undefined);
    return 'removed';
  });
  if (listed.error) swept.push({ storage: storage.name, key: root, ...listed });
  return swept;
}

async function sweepOne(
  uploads: TusUploads,
  folder: TusFolder,
  isOld: (touchedMs: number) => boolean,
  whileIdle: WhileIdle,
  { dryRun, signal }: Pick<SweepPendingOptions, 'dryRun' | 'signal'>,
): Promise<Outcome> {
  const seen = await folder.read();
  // Without a record: what a request has written that was long given up, behind the removal of its upload; the lock of one that never was.
  const touchedMs = seen ? seen.record.createdMs : await folder.newestMs();
  if (touchedMs === undefined || !isOld(touchedMs)) return 'young';
  if (dryRun) return 'removable';
  const remove = async (): Promise<Outcome> => {
    const kept = await folder.read();
    if (kept) await uploads.remove(kept);
    else if (!seen) await folder.removeAll();
    return 'removed';
  };
  return (await whileIdle(folder.id, remove, signal)) ?? 'busy';
}
