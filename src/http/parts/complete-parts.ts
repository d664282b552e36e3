import { MultipartUploads } from '../../core/multipart-uploads.js';
import type { UploadedPart } from '../../core/part-store.js';
import { StorageError } from '../../core/error.js';
import { refusal } from '../errors/refuse.js';
import { admitStored } from '../pending/admit-stored.js';
import { busy } from '../pending/pending-lock.js';
import type { Tickets } from '../pending/tickets.js';
import type { StoredFile } from '../upload/stored-file.js';
import { tooLarge } from '../upload/too-large.js';
import type { NamedPart } from './named-part.js';
import { abortParts, mostBytes, pendingKey, storedParts, told, type PartsUpload } from './parts-upload.js';

/**
 * Makes the object of the parts that its client names, when they are the ones that the storage has, and their sizes what the rules
 * and the ticket allow; then it is admitted as any other direct upload.
 *
 * @throws StorageError INVALID_ARGUMENT, reason `parts`: other parts than are stored, or too small ones; the upload can go on. TOO_LARGE,
 * and INVALID_ARGUMENT, reason `size`: the upload is gone. NOT_FOUND: it was completed or aborted. CONFLICT: another request
 * completes it. What `admitStored` throws.
 */
export async function completeParts(
  upload: PartsUpload,
  named: readonly NamedPart[],
  tickets: Tickets,
): Promise<StoredFile> {
  const { served, storage, scope, principal, request, ticket } = upload;
  const { pending: area, storage: root, options: rules } = served;
  if (!area) throw new Error('The storage has no direct uploads');
  const pending = pendingKey(upload);
  // Each that is under way would put the content together once more, before it learns that another one was first.
  const made = await area.once(`parts ${ticket.id}`, async () => ({
    etag: await completed(upload, pending, named),
  }));
  if (!made) throw busy();
  const { etag } = made;
  return admitStored({
    ...{ area, root, storage, scope, pending, rules, ticket, request, principal, etag },
    marks: tickets.marksOf(ticket),
    via: 'direct',
  });
}

/** The ETag of the object that the parts have become below the pending prefix; undefined when they became it before. */
async function completed(
  upload: PartsUpload,
  pending: string,
  named: readonly NamedPart[],
): Promise<string | undefined> {
  const { storage: root } = upload.served;
  const uploads = root.as(MultipartUploads);
  const { uploadId, token } = upload.ticket;
  // A sweep of this process leaves it alone meanwhile.
  uploads.running.add(uploadId);
  try {
    const parts = chosen(await storedParts(upload), named, uploads.limits.minPart);
    await assertTotal(upload, parts);
    return (await uploads.complete(pending, uploadId, parts, { token })).etag;
  } catch (error) {
    // Of two at once VersityGW may lose one, and then tells neither of its upload nor of its object.
    const isLost = StorageError.is(error, 'OUTCOME_UNKNOWN') && error.reason === 'upload';
    if (!isLost && !StorageError.is(error, 'NOT_FOUND')) throw error;
    // It was completed, and could not be admitted then: the scanner was not there, for example.
    if (await root.exists(pending)) return undefined;
    throw told(error);
  } finally {
    uploads.running.end(uploadId);
  }
}

/** The parts of the storage that are named. */
function chosen(
  stored: readonly UploadedPart[],
  named: readonly NamedPart[],
  minPart: number,
): readonly UploadedPart[] {
  if (named.length === 0) throw wrongParts('An upload is completed with one part or more');
  const byNumber = new Map(stored.map((part) => [part.number, part]));
  return named.map(({ number, etag }, index) => {
    const part = byNumber.get(number);
    const before = named[index - 1]?.number ?? 0;
    if (number <= before) throw wrongParts('The parts are not in the order of their numbers');
    if (part?.etag !== etag) throw wrongParts(`Part ${number} is not stored, or another one is`);
    if (part.size < minPart && index < named.length - 1)
      throw wrongParts(`Part ${number} has less than ${minPart} bytes`);
    return part;
  });
}

async function assertTotal(upload: PartsUpload, parts: readonly UploadedPart[]): Promise<void> {
  const total = parts.reduce((sum, { size }) => sum + size, 0);
  const { size } = upload.ticket;
  const most = mostBytes(upload);
  if (size !== undefined ? total === size && size <= most : total <= most) return;
  // No other parts make it right, so none is kept.
  await abortParts(upload);
  if (size === undefined || total === size) throw tooLarge(most);
  throw refusal('INVALID_ARGUMENT', `The content has ${total} bytes, and ${size} were declared`, 'size');
}

const wrongParts = (detail: string): StorageError => refusal('INVALID_ARGUMENT', detail, 'parts');
