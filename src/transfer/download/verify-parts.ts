import { createHash, getHashes } from 'node:crypto';
import { crc32Checksum } from '../../core/checksum.js';
import { Crc32Combiner } from '../combine-crc32.js';
import type { Attempt } from './attempt.js';
import type { PartPlan } from './part-plan.js';
import { same } from './same-checksum.js';
import { verifyComposite } from './verify-composite.js';

/**
 * Compares what was fetched with the checksum that is kept of the whole object, or with those of its parts where only those are. A CRC-32 is put together of those of the
 * parts; for a hash `read` gives the bytes once more, in order. Returns the algorithm; undefined when there is nothing to
 * compare with.
 * @throws StorageError INTEGRITY, reason `checksum`.
 */
export async function verifyParts(
  { source, info, plan, signal }: Pick<Attempt, 'source' | 'info' | 'plan' | 'signal'>,
  crcs: ReadonlyMap<number, number>,
  read: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<string | undefined> {
  const { checksum } = info;
  if (!checksum) return verifyComposite(source, info, signal, read);
  const { algorithm, value } = checksum;
  if (algorithm === 'crc32') return same(algorithm, value, crc32Checksum(combined(plan, crcs)).value);
  if (!getHashes().includes(algorithm)) return undefined;
  const hash = createHash(algorithm);
  for await (const chunk of read()) hash.update(chunk);
  return same(algorithm, value, hash.digest('base64'));
}

function combined(plan: PartPlan, crcs: ReadonlyMap<number, number>): number {
  const combiner = new Crc32Combiner();
  let whole = 0;
  for (let part = 0; part < plan.count; part++)
    whole = combiner.combine(whole, crcs.get(part) ?? 0, plan.sizeOf(part));
  return whole;
}
