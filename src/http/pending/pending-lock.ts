import { StorageError } from '../../core/error.js';
import type { StorageService } from '../../storage/storage.service.js';
import { refusal } from '../errors/refuse.js';
import { Lease } from './lock/lease.js';
import { LeaseFile } from './lock/lease-file.js';

/** Milliseconds after which the lock of a process that is gone, and cannot be looked for, is free. */
const LEASE_MS = 8_000;

/** What a client is told when another request confirms the same upload. */
export function busy(): StorageError {
  return refusal('CONFLICT', 'The upload is just being confirmed', 'busy');
}

/** What is told of an upload that was done before. */
function doneBefore(): StorageError {
  return refusal('NOT_FOUND', 'The upload was confirmed before', 'confirmed');
}

/**
 * Does `work` while this process alone has the object `key`, which is made, renewed and removed for it: among all processes where the
 * storage knows conditional writes. Where it does not, only this process is kept from doing the work twice, by its caller.
 * @param owner Who this is, as `newOwnerId` makes it.
 * @param work It is given `end`, which leaves the object behind as a mark that the work is done, for good.
 * @throws StorageError CONFLICT, reason `busy`, while another one has it; NOT_FOUND, reason `confirmed`, when the work was ended before;
 * what `work` throws, and what `put` throws.
 */
export async function withPendingLock<T>(
  storage: StorageService,
  key: string,
  owner: string,
  work: (end: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const file = new LeaseFile(storage, key);
  const lease = await take(file, owner);
  try {
    return await work(() => (lease ? lease.end() : file.end(owner)));
  } finally {
    await lease?.release();
  }
}

/** Undefined where the storage knows no conditions. */
async function take(file: LeaseFile, owner: string): Promise<Lease | undefined> {
  const enough = AbortSignal.timeout(2 * LEASE_MS);
  let lease: Lease | undefined;
  let hasConditions = true;
  try {
    lease = await Lease.tryTake(file, owner, { leaseMs: LEASE_MS }, enough);
  } catch (error) {
    if (StorageError.is(error, 'UNSUPPORTED')) hasConditions = false;
    else if (StorageError.is(error) || !enough.aborted) throw error;
  }
  if (lease) return lease;
  if ((await file.read())?.ended) throw doneBefore();
  if (hasConditions) throw busy();
  return undefined;
}
