import { StorageError } from '../../core/error.js';
import type { ContentRange } from '../../core/object.js';
import type { ByteRange } from '../../core/options.js';
import type { S3Headers } from './calls.js';

/** What part of the object an answer has. @throws StorageError RANGE_NOT_SATISFIABLE, INTEGRITY for another part than was asked for. */
export function partOf(
  status: number,
  headers: S3Headers,
  wanted: ByteRange,
): { readonly range: ContentRange; readonly size: number } {
  // RFC 9110, 14.1.2: no byte is in the last 0 bytes, nor in any range of an object that has none.
  if (wanted.suffix === 0 || lengthOf(headers) === 0) {
    throw new StorageError('RANGE_NOT_SATISFIABLE', 'No byte of the object is in the range');
  }
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers['content-range'] ?? '') ?? [];
  const [start, end, size] = [Number(first), Number(last), Number(total)];
  const from = wanted.suffix === undefined ? wanted.start : Math.max(0, size - wanted.suffix);
  const to = Math.min(wanted.end ?? size - 1, size - 1);
  if (status !== 206 || start !== from || end !== to || lengthOf(headers) !== to - from + 1) {
    throw new StorageError('INTEGRITY', 'The server answered with another range than was asked for', {
      reason: 'range',
    });
  }
  return { range: { start, end }, size };
}

/** Bytes of the body. @throws StorageError INTEGRITY when nobody says: then its end could not be told from a loss. */
export function lengthOf(headers: S3Headers): number {
  const length = headers['content-length'];
  if (length === undefined || !/^\d{1,15}$/.test(length)) {
    throw new StorageError('INTEGRITY', 'The server does not say how long the object is', {
      reason: 'protocol',
    });
  }
  return Number(length);
}
