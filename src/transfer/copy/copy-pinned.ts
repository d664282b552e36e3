import { StorageError } from '../../core/error.js';
import type { ObjectInfo } from '../../core/object.js';
import type { CopyOptions } from '../../core/options.js';

/** Copies only what has `etag`. The condition is ours unless the caller gave one, so where the backend has none it is left out. */
export async function copyPinned(
  copy: (options: CopyOptions) => Promise<ObjectInfo>,
  options: CopyOptions,
  etag: string,
): Promise<ObjectInfo> {
  try {
    return await copy({ ...options, ifMatch: options.ifMatch ?? etag });
  } catch (error) {
    const ours = options.ifMatch === undefined && StorageError.is(error, 'UNSUPPORTED');
    if (!ours || error.reason !== 'copySourceIfMatch') throw error;
    return copy(options);
  }
}
