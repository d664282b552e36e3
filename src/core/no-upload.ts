import { StorageError } from './error.js';

/** What is said of an upload in parts that was never begun, or has ended. */
export function noUpload(cause?: unknown): StorageError {
  return new StorageError('NOT_FOUND', 'There is no such upload', { reason: 'upload', cause });
}
