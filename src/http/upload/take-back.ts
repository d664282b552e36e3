import { StorageError } from '../../core/error.js';
import type { StorageService } from '../../storage/storage.service.js';
import type { StoredFile } from './stored-file.js';

/**
 * Deletes what was stored under a key that others may write to, unless somebody has replaced it by now. Where the storage has no
 * delete with a condition it is looked at first, which leaves a moment between the two. @throws what `head` and `delete` throw.
 */
export async function takeBack(
  storage: StorageService,
  { key, etag }: Pick<StoredFile, 'key' | 'etag'>,
): Promise<void> {
  try {
    await storage.delete(key, { ifMatch: etag });
  } catch (error) {
    if (StorageError.is(error, 'PRECONDITION_FAILED', 'NOT_FOUND')) return;
    if (!StorageError.is(error, 'UNSUPPORTED')) throw error;
    if (await isStill(storage, key, etag)) await storage.delete(key);
  }
}

async function isStill(storage: StorageService, key: string, etag: string): Promise<boolean> {
  try {
    return (await storage.head(key)).etag === etag;
  } catch (error) {
    if (StorageError.is(error, 'NOT_FOUND')) return false;
    throw error;
  }
}
