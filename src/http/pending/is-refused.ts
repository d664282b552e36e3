import { StorageError, type StorageErrorCode } from '../../core/error.js';
import { detailOf } from '../errors/refuse.js';

/** What another try would be answered with, too. */
const FINAL: readonly StorageErrorCode[] = [
  ...(['TOO_LARGE', 'TYPE_REFUSED', 'CONTENT_REFUSED'] as const),
  ...(['INVALID_ARGUMENT', 'ALREADY_EXISTS', 'UNSUPPORTED'] as const),
];

/** Whether an upload can come to nothing any more, so that what came of it is deleted. */
export function isRefused(error: unknown): boolean {
  // A read that broke, and damaged content that the storage itself finds, may be whole at another try.
  if (StorageError.is(error, 'INTEGRITY')) return detailOf(error) !== undefined;
  return StorageError.is(error, ...FINAL);
}
