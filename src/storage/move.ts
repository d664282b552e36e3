import { StorageError } from '../core/error.js';
import type { LayeredBackend } from '../core/layered-backend.js';
import type { ObjectInfo } from '../core/object.js';
import type { CopyOptions } from '../core/options.js';

/**
 * Copies `from` to `to`, then deletes `from`, unless somebody replaced it meanwhile. Where a copy or a delete takes no
 * condition, that is looked at just before the delete: a writer that comes in between is lost.
 */
export async function move(
  backend: LayeredBackend,
  from: string,
  to: string,
  options: CopyOptions,
): Promise<ObjectInfo> {
  const { signal } = options;
  const { etag } = await backend.head(from, { signal });
  const moved = await copy(backend, from, to, options, etag);
  try {
    await backend.delete(from, { signal, ifMatch: etag });
  } catch (error) {
    if (StorageError.is(error, 'UNSUPPORTED')) await deleteUnchanged(backend, from, etag, signal);
    // Somebody else deleted it: it is where it should be, and nowhere else.
    else if (!StorageError.is(error, 'NOT_FOUND')) throw error;
  }
  return moved;
}

/** The condition is ours unless the caller gave one, so where the backend has none it is left out. */
async function copy(
  backend: LayeredBackend,
  from: string,
  to: string,
  options: CopyOptions,
  etag: string,
): Promise<ObjectInfo> {
  try {
    return await backend.copy(from, to, { ...options, ifMatch: options.ifMatch ?? etag });
  } catch (error) {
    const ours = options.ifMatch === undefined && StorageError.is(error, 'UNSUPPORTED');
    if (!ours || error.reason !== 'copySourceIfMatch') throw error;
    return backend.copy(from, to, options);
  }
}

async function deleteUnchanged(
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
