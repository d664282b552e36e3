import { StorageError } from '../../core/error.js';
import type { LayeredBackend } from '../../core/layered-backend.js';
import type { ObjectInfo } from '../../core/object.js';
import { copyBetween } from './copy-between.js';
import type { CopyToResult, MoveToOptions } from './copy-to.options.js';
import { deleteUnchanged } from './delete-unchanged.js';

/**
 * Copies `from` of `source` to `to` of `target`, looks at the copy and at the source once more, then deletes the source.
 * @throws as `copyBetween`; CONFLICT when the copy is not there any more, PRECONDITION_FAILED when the source was replaced.
 */
export async function moveBetween(
  source: LayeredBackend,
  from: string,
  target: LayeredBackend,
  to: string,
  options: MoveToOptions,
): Promise<CopyToResult> {
  const { signal } = options;
  const result = await copyBetween(source, from, target, to, options);
  const kept = await target.head(to, { signal });
  if (kept.etag !== result.info.etag || kept.size !== result.info.size)
    throw new StorageError('CONFLICT', 'The copy was replaced before its source was deleted', { key: to });
  if (await isThere(source, result.source, signal)) await deleteUnchanged(source, result.source, signal);
  return result;
}

/**
 * Whether the source is still there. Not by its ETag alone: where that is a hash, whoever moves an object onto itself
 * would find it unchanged, and delete it.
 */
async function isThere(
  source: LayeredBackend,
  { key, etag, lastModified }: ObjectInfo,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  let now: ObjectInfo;
  try {
    now = await source.head(key, { signal });
  } catch (error) {
    // Somebody else deleted it: it is where it should be, and nowhere else.
    if (StorageError.is(error, 'NOT_FOUND')) return false;
    throw error;
  }
  if (now.etag === etag && now.lastModified.getTime() === lastModified.getTime()) return true;
  throw new StorageError('PRECONDITION_FAILED', 'The source was replaced while it was moved', { key });
}
