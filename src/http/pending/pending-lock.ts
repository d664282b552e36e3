import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { StorageError } from '../../core/error.js';
import type { ObjectInfo } from '../../core/object.js';
import type { StorageService } from '../../storage/storage.service.js';
import { refusal } from '../errors/refuse.js';

/** Milliseconds after which the lock of a process that died counts no more. No copy of one object takes as long. */
const STALE_MS = 15 * 60_000;

/** What a client is told when another request confirms the same upload. */
export function busy(): StorageError {
  return refusal('CONFLICT', 'The upload is just being confirmed', 'busy');
}

/**
 * Does `work` while this process alone has the object `key`, which is made and removed for it: among all processes where the storage
 * stores an object only if there is none. Where it cannot, only this process is kept from doing the work twice, by its caller.
 * @throws StorageError CONFLICT, reason `busy`, while another one has it; what `work` throws, and what `put` throws.
 */
export async function withPendingLock<T>(
  storage: StorageService,
  key: string,
  work: () => Promise<T>,
): Promise<T> {
  const held = await take(storage, key);
  const began = Date.now();
  try {
    return await work();
  } finally {
    // Later it may be that of somebody else.
    if (held && Date.now() - began < STALE_MS) await release(storage, key);
  }
}

async function take(storage: StorageService, key: string): Promise<boolean> {
  try {
    await storage.put(key, randomUUID(), { ifAbsent: true });
    return true;
  } catch (error) {
    if (StorageError.is(error, 'UNSUPPORTED')) return false;
    if (!StorageError.is(error, 'ALREADY_EXISTS', 'CONFLICT')) throw error;
  }
  const stale = await staleLock(storage, key);
  if (stale === undefined) throw busy();
  try {
    await storage.put(key, randomUUID(), { ifMatch: stale.etag });
    return true;
  } catch (error) {
    if (StorageError.is(error, 'PRECONDITION_FAILED', 'NOT_FOUND', 'CONFLICT', 'UNSUPPORTED')) throw busy();
    throw error;
  }
}

async function staleLock(storage: StorageService, key: string): Promise<ObjectInfo | undefined> {
  try {
    const info = await storage.head(key);
    return Date.now() - info.lastModified.getTime() > STALE_MS ? info : undefined;
  } catch (error) {
    if (StorageError.is(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}

/** Never fails: what stays behind counts no more after a while, and is swept. */
async function release(storage: StorageService, key: string): Promise<void> {
  try {
    await storage.delete(key);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    new Logger('StorageHttp').warn(`The lock of a confirmed upload could not be deleted: ${why}`);
  }
}
