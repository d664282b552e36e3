import { StorageError } from '../../core/error.js';
import type { ObjectInfo } from '../../core/object.js';
import type { CopyOptions } from '../../core/options.js';
import type { StorageService } from '../../storage/storage.service.js';
import { orLog } from '../errors/or-log.js';
import { refusal } from '../errors/refuse.js';
import { announceStored } from '../upload/announce-stored.js';
import { removeOrLog } from '../upload/remove-or-log.js';
import { storedFile, type StoredFile } from '../upload/stored-file.js';
import { takeBack } from '../upload/take-back.js';
import { inspectStored, type InspectedObject } from './inspect-stored.js';
import { isRefused } from './is-refused.js';
import { makeObject } from './make-object.js';
import { busy, withPendingLock } from './pending-lock.js';
import { replacedMeanwhile } from './replaced-meanwhile.js';
import type { StoredUpload } from './stored-upload.js';

/** What became of an upload: its object, or what `onStored` refused it with. */
type Settled = { readonly file: StoredFile } | { readonly thrown: unknown };

/**
 * Admits an object that was uploaded and not looked at: it is inspected, copied by the storage to its key, pinned to the ETag that
 * was inspected, announced, and removed from the pending prefix. What is refused is deleted there; what fails for any other
 * reason stays, so that it can be confirmed again. Once it was announced, and not before, nothing that is sent later is admitted.
 *
 * @throws StorageError what `inspectStored` throws; NOT_FOUND when there is no such upload, or no more; CONFLICT when it was replaced
 * meanwhile, or is just being confirmed; ALREADY_EXISTS when its key is taken; what the storage throws. What `onStored` throws: then
 * nothing is left, unless `keepOnError` is set.
 */
export async function admitStored(upload: StoredUpload): Promise<StoredFile> {
  const { area, ticket } = upload;
  const settled = await area.once(ticket.id, async () => {
    try {
      return await admit(upload);
    } catch (error) {
      if (isRefused(error) || isDone(error)) await remove(upload.root, upload.pending);
      throw changed(error);
    }
  });
  if (!settled) throw busy();
  if ('thrown' in settled) throw settled.thrown;
  return settled.file;
}

async function admit(upload: StoredUpload): Promise<Settled> {
  const { area, root, pending, ticket, rules, via } = upload;
  // Nobody but this server writes what tus has pending: there is nothing to pin.
  const isOurs = via === 'tus';
  if (area.copiesUnpinned && !isOurs) return admitHeld(upload);
  const seen = await inspectStored(root, pending, ticket, rules);
  assertAsked(upload, seen.info);
  try {
    return await settle(upload, pending, seen, area.copiesUnpinned ? {} : { ifMatch: seen.info.etag });
  } catch (error) {
    if (!StorageError.is(error, 'UNSUPPORTED') || error.reason !== 'copySourceIfMatch') throw error;
    area.copiesUnpinned = true;
    return isOurs ? settle(upload, pending, seen, {}) : admitHeld(upload);
  }
}

/** Where a copy cannot be pinned, what is inspected is a copy already, which no client can change any more. */
async function admitHeld(upload: StoredUpload): Promise<Settled> {
  const { area, root, pending, ticket, rules } = upload;
  const held = area.newHeldKey(ticket.id);
  const before = await root.head(pending);
  assertAsked(upload, before);
  try {
    await root.copy(pending, held);
    const seen = await inspectStored(root, held, ticket, rules);
    return await settle(upload, held, seen, {});
  } finally {
    await remove(root, held);
  }
}

/**
 * Makes the object of what was inspected, alone, and tells of it before what was sent is removed: a process that is killed in between
 * leaves something that can be confirmed again.
 */
async function settle(
  upload: StoredUpload,
  from: string,
  inspected: InspectedObject,
  pin: Pick<CopyOptions, 'ifMatch'>,
): Promise<Settled> {
  const { area, root, storage, pending, ticket, via } = upload;
  const { key, name } = ticket;
  return withPendingLock(root, area.lockKeyOf(ticket.id), area.owner, async (end) => {
    // Whoever had the lock before may have admitted it.
    const now = await root.head(pending);
    assertAsked(upload, now);
    if (pin.ifMatch !== undefined && now.etag !== pin.ifMatch) throw replacedMeanwhile();
    const made = await makeObject(upload, from, inspected, pin);
    const { contentType } = inspected;
    const file = storedFile(storage.name, { ...made, key }, { name, contentType, field: '' });
    const settled = await announce(upload, file);
    // What a client sends by its URL from now on is none of this upload. Nobody but this server writes what tus has pending.
    if (via !== 'tus') await orLog('An upload that was confirmed could not be marked as such', end);
    await remove(root, pending);
    return settled;
  });
}

async function announce(upload: StoredUpload, file: StoredFile): Promise<Settled> {
  const { request, storage, principal, via, rules } = upload;
  try {
    await announceStored([file], { request, storage, principal, via }, rules);
    return { file };
  } catch (thrown) {
    if (!rules.keepOnError)
      await removeOrLog('An upload that onStored refused', () => takeBack(storage, file));
    return { thrown };
  }
}

function assertAsked({ etag }: StoredUpload, info: ObjectInfo): void {
  if (etag !== undefined && etag !== info.etag) throw replacedMeanwhile();
}

/** What was replaced while it was looked at is no failed condition of the request. */
function changed(error: unknown): unknown {
  if (StorageError.is(error, 'PRECONDITION_FAILED')) return replacedMeanwhile(error);
  if (StorageError.is(error, 'NOT_FOUND') && !isDone(error))
    return refusal('NOT_FOUND', 'There is no such upload, or no more', 'upload', { cause: error });
  return error;
}

/** Whether it was confirmed before: what is there was sent later. */
function isDone(error: unknown): boolean {
  return StorageError.is(error, 'NOT_FOUND') && error.reason === 'confirmed';
}

/** Never fails: what stays behind is logged, and swept. */
async function remove(storage: StorageService, key: string): Promise<void> {
  await removeOrLog('What was left of an upload', () => storage.delete(key));
}
