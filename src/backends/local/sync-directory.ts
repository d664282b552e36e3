import { StorageError } from '../../core/error.js';
import type { Directory } from './directories.js';

/** @throws StorageError OUTCOME_UNKNOWN: what was done is to be seen, but may not survive a loss of power. */
export async function syncDirectory(directory: Directory): Promise<void> {
  try {
    await directory.sync();
  } catch (cause) {
    throw outcomeUnknown('It was done, but the disk did not confirm it', cause);
  }
}

export function outcomeUnknown(message: string, cause: unknown): StorageError {
  return new StorageError('OUTCOME_UNKNOWN', message, { reason: 'io', cause });
}
