import { StorageError } from '../../core/error.js';
import { throwIfAborted } from '../../core/abort.js';
import type { TusFolder } from './tus-folder.js';
import type { TusUploads } from './tus-uploads.js';

/** What a sweep did in one storage. */
export interface SweptTus {
  /** The name of the storage. */
  readonly storage: string;
  /** Uploads that are gone, and records of what came of them. */
  readonly removed: number;
  /** Those that could not be removed. */
  readonly errors: readonly StorageError[];
}

/** Does `work` while nobody else works at an upload; undefined when somebody does. */
export type WhileIdle = (id: string, work: () => Promise<boolean>) => Promise<boolean | undefined>;

/**
 * Removes the uploads that have expired, with their parts, and the records of those that were completed as long ago. An upload
 * that a request works at stays until the next sweep.
 * @throws StorageError ABORTED. What the storage refuses is told in the result.
 */
export async function sweepTus(
  uploads: TusUploads,
  whileIdle: WhileIdle,
  signal?: AbortSignal,
): Promise<SweptTus> {
  const errors: StorageError[] = [];
  let removed = 0;
  let cursor: string | undefined;
  do {
    const page = await uploads.storage.page({ prefix: uploads.root, delimiter: '/', cursor, signal });
    for (const prefix of page.prefixes) {
      throwIfAborted(signal);
      const folder = uploads.folder(prefix.slice(uploads.root.length, -1));
      if (!folder) continue;
      try {
        if (await sweepOne(uploads, folder, whileIdle)) removed++;
      } catch (error) {
        if (!StorageError.is(error)) throw error;
        errors.push(error);
      }
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  return { storage: uploads.storage.name, removed, errors };
}

async function sweepOne(uploads: TusUploads, folder: TusFolder, whileIdle: WhileIdle): Promise<boolean> {
  const seen = await folder.read();
  if (!seen) return removeRest(uploads, folder);
  if (!uploads.isExpired(seen.record)) return false;
  const gone = await whileIdle(folder.id, async () => {
    const kept = await folder.read();
    if (kept) await uploads.remove(kept);
    return kept !== undefined;
  });
  return gone === true;
}

/** What a request has written that was long given up, behind the removal of its upload; and the lock of one that never was. */
async function removeRest(uploads: TusUploads, folder: TusFolder): Promise<boolean> {
  const newest = await folder.newestMs();
  if (newest === undefined || Date.now() - newest < uploads.expiresAfterMs) return false;
  await folder.removeAll();
  return true;
}
