import { StorageError } from '../core/error.js';

/** The value that is in `text`, the content of `key`. @throws StorageError INTEGRITY, reason `json`, when it is no JSON. */
export function parseJson(text: string, storage: string, key: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Without the cause: its message quotes the content.
    throw new StorageError('INTEGRITY', `${storage}: ${JSON.stringify(key)} is no JSON`, {
      reason: 'json',
      storage,
      operation: 'get',
      key,
    });
  }
}
