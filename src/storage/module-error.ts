import { StorageError, type StorageErrorContext } from '../core/error.js';

/** A mistake in how StorageModule is used. `message` says what came and what to change. */
export function moduleError(message: string, context: StorageErrorContext = {}): StorageError {
  return new StorageError('INVALID_ARGUMENT', `StorageModule: ${message}`, { reason: 'config', ...context });
}
