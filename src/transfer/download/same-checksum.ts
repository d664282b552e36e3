import { StorageError } from '../../core/error.js';

/** `algorithm`, when both are the same. @throws StorageError INTEGRITY, reason `checksum`. */
export function same(algorithm: string, expected: string, found: string): string {
  if (expected === found) return algorithm;
  const what = `Its ${algorithm} is another than the storage keeps`;
  throw new StorageError('INTEGRITY', what, { reason: 'checksum' });
}
