import { isBadPath } from '../../core/bad-path.js';
import { classifyDiskError } from '../../core/disk-error.js';
import { StorageError, type StorageErrorCode } from '../../core/error.js';
import { errno } from '../../core/errno.js';

/** What went wrong with the target of a download, by errno(3). Its reason is `target`. */
export function targetError(cause: unknown): StorageError {
  if (StorageError.is(cause)) return cause;
  const code = errno(cause);
  const what = code === undefined ? 'The target failed' : `The target: ${code}`;
  return new StorageError(meaningOf(cause), what, { reason: 'target', cause });
}

function meaningOf(cause: unknown): StorageErrorCode {
  if (isBadPath(cause)) return 'INVALID_ARGUMENT';
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

/** `work` of a download to `path`, which its errors of the target name: they happen at files beside it. */
export async function atTarget<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!StorageError.is(error) || error.reason !== 'target') throw error;
    const { code, message, cause } = error;
    throw new StorageError(code, `${message} (${path})`, { reason: 'target', cause });
  }
}
