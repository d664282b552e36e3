import { MultipartUploads } from '../../core/multipart-uploads.js';
import type { UploadedPart } from '../../core/part-store.js';
import type { StorageService } from '../../storage/storage.service.js';
import { refusal } from '../errors/refuse.js';
import type { HttpRequest } from '../message/http-request.js';
import type { ServedStorage } from '../served-storages.js';
import type { Ticket } from '../pending/ticket.js';
import { DEFAULT_MAX_SIZE } from '../upload/upload.options.js';
import { StorageError } from '../../core/error.js';
import type { PartsTicket } from './parts-ticket.js';

/** An upload in parts below the pending prefix, and who works at it. */
export interface PartsUpload {
  readonly served: ServedStorage;
  /** The served storage in the scope of the request. */
  readonly storage: StorageService;
  readonly scope: string;
  readonly principal: unknown;
  readonly ticket: PartsTicket;
  readonly request: HttpRequest;
}

/** The key that its content is sent to, in the storage as a whole. */
export function pendingKey({
  served: { pending },
  ticket,
}: {
  readonly served: ServedStorage;
  readonly ticket: Pick<Ticket, 'id'>;
}): string {
  if (!pending) throw new Error('The storage has no direct uploads');
  return pending.keyOf('direct', ticket.id);
}

/** Bytes that the object may have. */
export function mostBytes({ served: { options }, ticket }: Pick<PartsUpload, 'served' | 'ticket'>): number {
  return Math.min(ticket.size ?? Infinity, options.maxSize ?? DEFAULT_MAX_SIZE);
}

/** All parts that are stored. @throws StorageError NOT_FOUND, reason `upload`. */
export async function storedParts(upload: PartsUpload): Promise<readonly UploadedPart[]> {
  const { served, ticket } = upload;
  const uploads = served.storage.as(MultipartUploads);
  const parts: UploadedPart[] = [];
  try {
    for (let after: number | undefined = 0; after !== undefined;) {
      const page = await uploads.listParts(pendingKey(upload), ticket.uploadId, { after });
      parts.push(...page.parts);
      after = page.next;
    }
  } catch (error) {
    throw told(error);
  }
  return parts;
}

/**
 * Removes the upload: its parts, and the object that it has become already, unless that is admitted. One that is gone is no error.
 * @throws StorageError what `abort`, `exists` and `delete` throw.
 */
export async function abortParts(upload: PartsUpload): Promise<void> {
  const { served, ticket } = upload;
  const key = pendingKey(upload);
  await served.storage.as(MultipartUploads).abort(key, ticket.uploadId);
  // Where versions are kept, a delete of nothing would leave a mark.
  if (await served.storage.exists(key)) await served.storage.delete(key);
}

/** What a client is told of an upload that is not there. */
export function told(error: unknown): unknown {
  if (!StorageError.is(error, 'NOT_FOUND')) return error;
  return refusal('NOT_FOUND', 'There is no such upload, or no more', 'upload', { cause: error });
}
