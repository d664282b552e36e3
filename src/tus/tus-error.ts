import { StorageError } from '../core/error.js';

/** A mistake in how TusModule is set up. `message` says what came and what to change. */
export function tusError(message: string): StorageError {
  return new StorageError('INVALID_ARGUMENT', `TusModule: ${message}`, { reason: 'config' });
}
