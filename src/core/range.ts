import { StorageError } from './error.js';
import type { ContentRange } from './object.js';
import type { ByteRange } from './options.js';

/**
 * The bytes that `range` means in an object of `size` bytes, by the rules of RFC 9110, 14.1.2:
 * an end beyond the object is its last byte, a suffix longer than it is all of it.
 * @throws StorageError RANGE_NOT_SATISFIABLE when no byte of the object is in it.
 */
export function resolveRange(range: ByteRange, size: number): ContentRange {
  const last = size - 1;
  const start = range.suffix === undefined ? range.start : Math.max(0, size - range.suffix);
  const end = range.suffix === undefined ? Math.min(range.end ?? last, last) : last;
  if (start > last || start > end) {
    throw new StorageError('RANGE_NOT_SATISFIABLE', `The object has ${size} bytes: none is in the range`, {
      reason: `size=${size}`,
    });
  }
  return { start, end };
}
