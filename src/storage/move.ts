import { StorageError } from '../core/error.js';
import type { LayeredBackend } from '../core/layered-backend.js';
import type { ObjectInfo } from '../core/object.js';
import type { CopyOptions } from '../core/options.js';

/** Copies `from` to `to`, then deletes `from`, unless somebody replaced it meanwhile. */
export async function move(
  backend: LayeredBackend,
  from: string,
  to: string,
  options: CopyOptions,
): Promise<ObjectInfo> {
  const { signal } = options;
  const { etag } = await backend.head(from, { signal });
  const moved = await backend.copy(from, to, { ...options, ifMatch: options.ifMatch ?? etag });
  try {
    await backend.delete(from, { signal, ifMatch: etag });
  } catch (error) {
    // Where a delete takes no condition, a writer that comes just now is lost.
    if (StorageError.is(error, 'UNSUPPORTED')) await backend.delete(from, { signal });
    // Somebody else deleted it: it is where it should be, and nowhere else.
    else if (!StorageError.is(error, 'NOT_FOUND')) throw error;
  }
  return moved;
}
