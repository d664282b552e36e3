import { StorageError } from '../../core/error.js';
import type { LayeredBackend } from '../../core/layered-backend.js';
import type { ObjectInfo } from '../../core/object.js';
import { copyBetween } from './copy-between.js';
import type { CopyToResult, MoveToOptions } from './copy-to.options.js';
import { deleteUnchanged } from './delete-unchanged.js';

/**
 * Copies `from` of `source` to `to` of `target`, looks at the copy and at the source once more, then deletes the source.
 * @throws as `copyBetween`; CONFLICT when the copy is not there any more, and, reason `itself`, when it may be the source itself;
 * PRECONDITION_FAILED when the source was replaced.
 */
export async function moveBetween(
  source: LayeredBackend,
  from: string,
  target: LayeredBackend,
  to: string,
  options: MoveToOptions,
): Promise<CopyToResult> {
  const { signal } = options;
  let before: ObjectInfo | undefined;
  const result = await copyBetween(source, from, target, to, options, async () => {
    before = await presentAt(target, to, signal);
  });
  const kept = await target.head(to, { signal });
  if (kept.etag !== result.info.etag || kept.size !== result.info.size)
    throw new StorageError('CONFLICT', 'The copy was replaced before its source was deleted', { key: to });
  if (!(await isThere(source, result.source, signal))) return result;
  // Two storages may be one place without knowing it, by two names of a server: then the copy has replaced its source. Where an
  // ETag is a hash and times have seconds that shows in nothing, and the delete would take the only object.
  if (isAlike(before, result.source) && isAlike(before, kept))
    throw new StorageError('CONFLICT', 'The copy may be its source itself, which was not deleted', {
      reason: 'itself',
      key: to,
    });
  await deleteUnchanged(source, result.source, signal);
  return result;
}

/** What is at `key`. Where that is not told (403 for what is not there, without the permission to list) it is not there. */
async function presentAt(
  backend: LayeredBackend,
  key: string,
  signal: AbortSignal | undefined,
): Promise<ObjectInfo | undefined> {
  try {
    return await backend.head(key, { signal });
  } catch (error) {
    if (StorageError.is(error, 'NOT_FOUND', 'PERMISSION_DENIED')) return undefined;
    throw error;
  }
}

/** Whether the source is still there, as it was. */
async function isThere(
  source: LayeredBackend,
  was: ObjectInfo,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { key } = was;
  let now: ObjectInfo;
  try {
    now = await source.head(key, { signal });
  } catch (error) {
    // Somebody else deleted it: it is where it should be, and nowhere else.
    if (StorageError.is(error, 'NOT_FOUND')) return false;
    throw error;
  }
  if (isAlike(was, now)) return true;
  throw new StorageError('PRECONDITION_FAILED', 'The source was replaced while it was moved', { key });
}

/** Not by the ETag alone: where that is a hash, all objects of one content have the same. */
function isAlike(one: ObjectInfo | undefined, other: ObjectInfo): boolean {
  return (
    one?.etag === other.etag &&
    one.lastModified.getTime() === other.lastModified.getTime() &&
    one.versionId === other.versionId
  );
}
