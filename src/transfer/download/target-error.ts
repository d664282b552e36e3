import { classifyDiskError } from '../../core/disk-error.js';
import { StorageError, type StorageErrorCode } from '../../core/error.js';
import { errno } from '../../core/errno.js';

/** Paths that lead nowhere: NOT_FOUND would be the object. */
const BAD_PATHS: ReadonlySet<string> = new Set([
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
  'EEXIST',
  'ENOTEMPTY',
  'ELOOP',
]);

/** What went wrong with the target of a download, by errno(3). Its reason is `target`; the path is in the cause only. */
export function targetError(cause: unknown): StorageError {
  if (StorageError.is(cause)) return cause;
  const code = errno(cause);
  const what = code === undefined ? 'The target failed' : `The target: ${code}`;
  return new StorageError(meaningOf(cause, code), what, { reason: 'target', cause });
}

function meaningOf(cause: unknown, code: string | undefined): StorageErrorCode {
  if (code !== undefined && BAD_PATHS.has(code)) return 'INVALID_ARGUMENT';
  const meant = classifyDiskError(cause).code;
  return meant === 'UNKNOWN' ? 'ABORTED' : meant;
}

/** `work` on the target. @throws StorageError, reason `target`. */
export async function onTarget<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw targetError(error);
  }
}
