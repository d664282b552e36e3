import { StorageError } from '../../core/error.js';

/** A mistake in how the HTTP part is set up. `message` says what came and what to change. */
export function httpError(message: string): StorageError {
  return new StorageError('INVALID_ARGUMENT', `StorageHttpModule: ${message}`, { reason: 'config' });
}
