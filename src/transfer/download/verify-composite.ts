import type { CompositeChecksum } from '../../core/composite-checksums.js';
import type { ObjectInfo } from '../../core/object.js';
import { CompositeSum } from './composite-sum.js';
import type { ObjectSource } from './object-source.js';
import { same } from './same-checksum.js';

/**
 * Compares what was fetched with the checksums that the storage keeps of the object's parts. `read` gives the bytes, in
 * order. Returns `composite-crc32`, `composite-sha256` …; undefined when there is nothing to compare with.
 * @throws StorageError INTEGRITY, reason `checksum`.
 */
export async function verifyComposite(
  source: ObjectSource,
  info: ObjectInfo,
  signal: AbortSignal | undefined,
  read: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<string | undefined> {
  const composite = await source.composite(info, signal);
  if (!composite) return undefined;
  const sumOf = async (sizes: readonly number[]): Promise<string> => {
    const sum = new CompositeSum(composite.algorithm, sizes);
    for await (const chunk of read()) sum.update(chunk);
    return sum.value();
  };
  const usual = usualSizes(info, composite);
  const found = usual && (await sumOf(usual));
  if (found === composite.value) return nameOf(composite);
  // Only the first part was asked for: the others may be of other sizes.
  const sizes = await source.partSizes(info, composite.parts, signal);
  if (!sizes || sizes.reduce((sum, size) => sum + size, 0) !== info.size) return undefined;
  return same(nameOf(composite), composite.value, await sumOf(sizes));
}

/** The sizes of parts that are all of one size but the last; undefined where they cannot be. */
export function usualSizes({ size }: ObjectInfo, composite: CompositeChecksum): number[] | undefined {
  const { parts, partSize } = composite;
  const last = size - (parts - 1) * partSize;
  if (last < 0) return undefined;
  return Array.from({ length: parts }, (_, i) => (i < parts - 1 ? partSize : last));
}

/** How a result names it. */
export const nameOf = ({ algorithm }: CompositeChecksum): string => `composite-${algorithm}`;
