import { StorageError } from '../../core/error.js';
import type { PartLimits } from '../../core/part-store.js';

/** Bytes of a part when nothing asks for another size. */
export const DEFAULT_PART_SIZE = 8 * 1024 * 1024;
/** Parts of one upload that are filled or on their way at once, when nothing asks for another number. */
export const DEFAULT_CONCURRENCY = 4;
const MIB = 1024 * 1024;

/** What a part size is chosen by. */
export interface PartSizeOptions {
  /** The bytes that are wanted. Larger where the object would have too many parts, and within what the backend takes. Default: 8 MiB. */
  readonly partSize?: number | undefined;
  /** Parts at once. Default: 4. */
  readonly concurrency?: number | undefined;
  /** Bytes of memory that all parts at once have to fit into. Default: parts are not held in memory. */
  readonly budget?: number | undefined;
}

/**
 * The size of all parts but the last, in bytes. They are of one size, because some servers take no others:
 * https://developers.cloudflare.com/r2/objects/multipart-objects/#limitations
 *
 * @param size Bytes of the object; undefined where nobody knows.
 * @throws StorageError TOO_LARGE, reason `size`, when the backend takes no such object, or none from this memory;
 * INVALID_ARGUMENT, reason `config`, when the memory does not hold the smallest part.
 */
export function partSizeFor(
  size: number | undefined,
  limits: PartLimits,
  options: PartSizeOptions = {},
): number {
  const { partSize = DEFAULT_PART_SIZE } = options;
  const most = largestPart(limits, options);
  const wanted = Math.min(Math.max(partSize, limits.minPart), most);
  if (size === undefined) return wanted;
  if (size > limits.maxObject) throw tooLarge(limits.maxObject);
  const needed = Math.ceil(size / limits.maxParts);
  if (needed > most) throw tooLarge(Math.min(most * limits.maxParts, limits.maxObject));
  if (needed <= wanted) return wanted;
  return Math.min(Math.ceil(needed / MIB) * MIB, most);
}

/** Bytes of the largest object that parts of `partSize` bytes can make. */
export function largestObject(partSize: number, { maxParts, maxObject }: PartLimits): number {
  return Math.min(partSize * maxParts, maxObject);
}

/** What an object of more than `most` bytes means. */
export function tooLarge(most: number): StorageError {
  return new StorageError('TOO_LARGE', `It takes at most ${most} bytes in this way`, { reason: 'size' });
}

function largestPart(
  { minPart, maxPart }: PartLimits,
  { budget, concurrency = DEFAULT_CONCURRENCY }: PartSizeOptions,
): number {
  if (budget === undefined) return maxPart;
  if (budget < minPart)
    throw new StorageError(
      'INVALID_ARGUMENT',
      `The memory for transfers has ${budget} bytes, and a part has at least ${minPart}`,
      { reason: 'config' },
    );
  return Math.min(Math.max(Math.floor(budget / concurrency), minPart), maxPart);
}
