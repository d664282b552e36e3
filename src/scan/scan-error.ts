import { StorageError } from '../core/error.js';

/** A scanner that has no verdict: UNAVAILABLE, reason `scanner`. */
export function scanError(message: string, cause?: unknown): StorageError {
  return new StorageError('UNAVAILABLE', message, { reason: 'scanner', cause });
}
