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

/**
 * Does `work` while this process alone has the object `key`, which is made, renewed and removed for it: among all processes where the
 * storage knows conditional writes. Where it does not, only this process is kept from doing the work twice, by its caller.
 * @param owner Who this is, as `newOwnerId` makes it.
 * @throws StorageError CONFLICT, reason `busy`, while another one has it; what `work` throws, and what `put` throws.
 */
export async function withPendingLock<T>(
  storage: StorageService,
  key: string,
  owner: string,
  work: () => Promise<T>,
): Promise<T> {
  const lease = await take(new LeaseFile(storage, key), owner);
  try {
    return await work();
  } finally {
    await lease?.release();
  }
}

/** Undefined where the storage knows no conditions. */
async function take(file: LeaseFile, owner: string): Promise<Lease | undefined> {
  const enough = AbortSignal.timeout(2 * LEASE_MS);
  let lease: Lease | undefined;
  try {
    lease = await Lease.tryTake(file, owner, { leaseMs: LEASE_MS }, enough);
  } catch (error) {
    if (StorageError.is(error, 'UNSUPPORTED')) return undefined;
    if (StorageError.is(error) || !enough.aborted) throw error;
  }
  if (!lease) throw busy();
  return lease;
}
