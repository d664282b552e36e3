import { StorageError } from '../../core/error.js';
import type { LayeredBackend } from '../../core/layered-backend.js';
import type { ObjectInfo } from '../../core/object.js';

/**
 * Deletes `source`, unless somebody has replaced it. Where a delete takes no condition, that is looked at just before: a
 * writer that comes in between is lost. One that somebody else deleted is where it should be.
 * @throws StorageError PRECONDITION_FAILED
 */
export async function deleteUnchanged(
  backend: LayeredBackend,
  { key, etag }: ObjectInfo,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await backend.delete(key, { signal, ifMatch: etag });
  } catch (error) {
    if (StorageError.is(error, 'UNSUPPORTED')) await deleteSeen(backend, key, etag, signal);
    else if (!StorageError.is(error, 'NOT_FOUND')) throw error;
  }
}

async function deleteSeen(
  backend: LayeredBackend,
  key: string,
  etag: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const now = await backend.head(key, { signal });
  if (now.etag !== etag)
    throw new StorageError('PRECONDITION_FAILED', 'The source was replaced while it was moved', { key });
  await backend.delete(key, { signal });
}
