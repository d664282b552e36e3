import { StorageError } from '../../core/error.js';
import type { ObjectInfo } from '../../core/object.js';
import type { CopyOptions } from '../../core/options.js';
import type { StorageService } from '../../storage/storage.service.js';
import { refusal } from '../errors/refuse.js';
import { disposition } from '../message/disposition.js';
import type { HttpRequest } from '../message/http-request.js';
import { announceStored } from '../upload/announce-stored.js';
import type { ResolvedRules } from '../upload/resolve-rules.js';
import { storedFile, type StoredFile } from '../upload/stored-file.js';
import { removeOrLog } from '../upload/remove-or-log.js';
import { takeBack } from '../upload/take-back.js';
import type { StoredContext } from '../upload/on-stored.js';
import { inScope } from './in-scope.js';
import { inspectStored, type InspectedObject } from './inspect-stored.js';
import { isRefused } from './is-refused.js';
import type { PendingArea } from './pending-area.js';
import { busy, withPendingLock } from './pending-lock.js';
import type { Ticket } from './ticket.js';

/** An object below the pending prefix, and what it may become. */
export interface StoredUpload {
  readonly area: PendingArea;
  /** The storage that is served, as a whole. */
  readonly root: StorageService;
  /** The same in the scope of the request. */
  readonly storage: StorageService;
  /** That scope, without a slash at its end; empty: none. */
  readonly scope: string;
  /** The key of the object in `root`. */
  readonly pending: string;
  /** As it was opened for this request. */
  readonly ticket: Ticket;
  /** The ETag that the client was told when it had sent the content. Default: any. */
  readonly etag?: string | undefined;
  readonly rules: ResolvedRules;
  readonly request: HttpRequest;
  readonly principal: unknown;
  readonly via: StoredContext['via'];
}

/**
 * Admits an object that was uploaded and not looked at: it is inspected, copied by the storage to its key, pinned to the ETag that
 * was inspected, removed from the pending prefix, and announced. What is refused is deleted there; what fails for any other
 * reason stays, so that it can be confirmed again.
 *
 * @throws StorageError what `inspectStored` throws; NOT_FOUND when there is no such upload, or no more; CONFLICT when it was replaced
 * meanwhile, or is just being confirmed; ALREADY_EXISTS when its key is taken; what the storage throws. What `onStored` throws: then
 * nothing is left, unless `keepOnError` is set.
 */
export async function admitStored(upload: StoredUpload): Promise<StoredFile> {
  const { area, ticket } = upload;
  const admitted = await area.once(ticket.id, async () => {
    try {
      return await admit(upload);
    } catch (error) {
      if (isRefused(error)) await remove(upload.root, upload.pending);
      throw changed(error);
    }
  });
  if (!admitted) throw busy();
  await announce(upload, admitted);
  return admitted;
}

async function admit(upload: StoredUpload): Promise<StoredFile> {
  const { area, root, pending, ticket, rules } = upload;
  if (area.copiesUnpinned) return admitHeld(upload);
  const seen = await inspectStored(root, pending, ticket, rules);
  assertAsked(upload, seen.info);
  try {
    return await settle(upload, pending, seen, { ifMatch: seen.info.etag });
  } catch (error) {
    if (!StorageError.is(error, 'UNSUPPORTED') || error.reason !== 'copySourceIfMatch') throw error;
    area.copiesUnpinned = true;
    return admitHeld(upload);
  }
}

/** Where a copy cannot be pinned, what is inspected is a copy already, which no client can change any more. */
async function admitHeld(upload: StoredUpload): Promise<StoredFile> {
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

/** Makes the object of what was inspected, alone. */
async function settle(
  upload: StoredUpload,
  from: string,
  { info, contentType }: InspectedObject,
  pin: Pick<CopyOptions, 'ifMatch'>,
): Promise<StoredFile> {
  const { area, root, storage, scope, pending, ticket, via } = upload;
  const { id, key, name } = ticket;
  const to = inScope(scope, key);
  return withPendingLock(root, area.lockKeyOf(id), area.owner, async () => {
    // Whoever had the lock before may have admitted it.
    const now = await root.head(pending);
    if (pin.ifMatch !== undefined && now.etag !== pin.ifMatch) throw replaced();
    // Not every server has this condition, and a key with a UUID in it needs none.
    const isUnique = hasUniqueKey(upload);
    if (isUnique && via === 'direct') await assertFirst(root, to, now);
    const replace = { contentType, contentDisposition: disposition({ attachment: false, name, key }) };
    let copy: ObjectInfo;
    try {
      copy = await root.copy(from, to, { ...pin, ...(!isUnique && { ifAbsent: true }), replace });
    } catch (error) {
      // Nobody else will ever know of it, unless the upload is confirmed again, and then it is made again.
      if (isUnique && StorageError.is(error, 'OUTCOME_UNKNOWN')) await remove(root, to);
      throw error;
    }
    const made = isUnique ? undefined : copy.etag;
    if (copy.size !== info.size) {
      await remove(root, to, made);
      throw replaced();
    }
    await removePending(root, pending).catch(async (error: unknown) => {
      // Where it is not known whether the upload is still there, the copy may be all that is left.
      if (!StorageError.is(error, 'OUTCOME_UNKNOWN')) await remove(root, to, made);
      throw error;
    });
    return storedFile(storage.name, { ...copy, key }, { name, contentType, field: '' });
  });
}

/**
 * Whoever has the URL may send again when the upload was confirmed: that is removed. What was sent before the object was made was
 * left by a confirmation that died before it could remove it, and is confirmed again.
 * @throws StorageError NOT_FOUND for what was sent later than its object was made.
 */
async function assertFirst(root: StorageService, to: string, sent: ObjectInfo): Promise<void> {
  let made: ObjectInfo;
  try {
    made = await root.head(to);
  } catch (error) {
    if (StorageError.is(error, 'NOT_FOUND')) return;
    throw error;
  }
  const later = sent.lastModified.getTime() - made.lastModified.getTime();
  // Servers tell seconds: within one the ETag decides.
  const isExact = made.lastModified.getMilliseconds() !== 0;
  if (later < 0 || (later === 0 && (isExact || sent.etag === made.etag))) return;
  await remove(root, sent.key);
  throw new StorageError('NOT_FOUND', 'The upload was confirmed before');
}

/** @throws StorageError OUTCOME_UNKNOWN when nobody can tell whether it is there; what `delete` throws when it is. */
async function removePending(root: StorageService, pending: string): Promise<void> {
  try {
    await root.delete(pending);
  } catch (cause) {
    const isThere = await root.exists(pending).catch(() => undefined);
    if (isThere === undefined)
      throw new StorageError('OUTCOME_UNKNOWN', 'An admitted upload may still be pending', { cause });
    if (isThere) throw cause;
  }
}

async function announce(upload: StoredUpload, file: StoredFile): Promise<void> {
  const { request, storage, principal, via, rules } = upload;
  try {
    await announceStored([file], { request, storage, principal, via }, rules);
  } catch (error) {
    if (!rules.keepOnError) await remove(storage, file.key, hasUniqueKey(upload) ? undefined : file.etag);
    throw error;
  }
}

/** Whether nobody else ever writes to its key. */
const hasUniqueKey = ({ rules, root }: StoredUpload): boolean =>
  rules.key === undefined && root.hasUniqueKeys;

function assertAsked({ etag }: StoredUpload, info: ObjectInfo): void {
  if (etag !== undefined && etag !== info.etag) throw replaced();
}

/** What was replaced while it was looked at is no failed condition of the request. */
function changed(error: unknown): unknown {
  if (StorageError.is(error, 'PRECONDITION_FAILED')) return replaced(error);
  if (StorageError.is(error, 'NOT_FOUND'))
    return refusal('NOT_FOUND', 'There is no such upload, or no more', 'upload', { cause: error });
  return error;
}

function replaced(cause?: unknown): StorageError {
  return refusal('CONFLICT', 'The upload was replaced meanwhile', 'changed', { cause });
}

/**
 * Never fails: what stays behind is logged, and swept where it is pending.
 * @param etag Of an object that others may have replaced by now: then it stays.
 */
async function remove(storage: StorageService, key: string, etag?: string): Promise<void> {
  await removeOrLog('What was left of an upload', () =>
    etag === undefined ? storage.delete(key) : takeBack(storage, { key, etag }),
  );
}
