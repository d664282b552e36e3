import type { LayeredBackend } from '../../core/layered-backend.js';
import type { ObjectInfo } from '../../core/object.js';
import type { CopyOptions } from '../../core/options.js';
import { copyPinned } from './copy-pinned.js';
import { deleteUnchanged } from './delete-unchanged.js';
import { sameContent } from './same-content.js';

/** Copies `from` to `to`, compares the two, then deletes `from`, unless somebody replaced it meanwhile. */
export async function moveWithin(
  backend: LayeredBackend,
  from: string,
  to: string,
  options: CopyOptions,
): Promise<ObjectInfo> {
  const { signal } = options;
  const source = await backend.head(from, { signal });
  const moved = await copyPinned((pinned) => backend.copy(from, to, pinned), options, source.etag);
  sameContent(source, moved);
  await deleteUnchanged(backend, source, signal);
  return moved;
}
