import { MultipartUploads } from '../../core/multipart-uploads.js';
import { StorageError } from '../../core/error.js';
import type { UploadedPart } from '../../core/part-store.js';
import { refusal } from '../errors/refuse.js';
import { rawRequest } from '../message/http-request.js';
import { tooLarge } from '../upload/too-large.js';
import { ArrivingPart } from './arriving-part.js';
import type { WantedPart } from './part-url.js';
import { mostBytes, pendingKey, storedParts, told, type PartsUpload } from './parts-upload.js';

/**
 * Stores the body of a request as a part, while it arrives.
 * @throws StorageError INVALID_ARGUMENT, reason `size`, without a Content-Length, or for another than was signed; TOO_LARGE;
 * NOT_FOUND, reason `upload`; ABORTED when the client is gone: then the part is not there, and one that was there is still.
 */
export async function receivePart(upload: PartsUpload, { number, size }: WantedPart): Promise<UploadedPart> {
  const { request, served, ticket } = upload;
  const { 'content-length': header, 'content-encoding': coding } = request.headers;
  const length = Number(header);
  if (header === undefined || !Number.isSafeInteger(length))
    throw refusal('INVALID_ARGUMENT', 'Send the part with a Content-Length', 'size');
  if (size !== undefined && length !== size)
    throw refusal('INVALID_ARGUMENT', `The part has not the ${size} bytes that were signed`, 'size');
  if (length > mostBytes(upload)) throw tooLarge(mostBytes(upload));
  // Of parts that are all of one size none comes to that: only what others have sent is counted.
  if (number * length > mostBytes(upload)) await assertRoom(upload, number, length);
  if (coding !== undefined && coding.toLowerCase() !== 'identity')
    throw refusal('TYPE_REFUSED', 'Send the body without a Content-Encoding', 'content-encoding');
  const raw = rawRequest(request);
  if (raw.readableDidRead)
    throw new Error('The body of a part was read before it could be stored: by which middleware?');
  const gone = new AbortController();
  const onClose = (): void => {
    if (!raw.complete) gone.abort();
  };
  raw.once('close', onClose);
  if (raw.destroyed) onClose();
  try {
    const uploads = served.storage.as(MultipartUploads);
    const part = new ArrivingPart(raw, length);
    return await uploads.putPart(pendingKey(upload), ticket.uploadId, number, part, { signal: gone.signal });
  } catch (error) {
    if (StorageError.is(error, 'NOT_FOUND')) throw told(error);
    throw error;
  } finally {
    raw.off('close', onClose);
  }
}

/** @throws StorageError TOO_LARGE when all parts would be more than the object may be, as far as they are stored yet. */
async function assertRoom(upload: PartsUpload, number: number, length: number): Promise<void> {
  const parts = await storedParts(upload);
  const total = parts.reduce((sum, part) => sum + (part.number === number ? 0 : part.size), length);
  if (total > mostBytes(upload)) throw tooLarge(mostBytes(upload));
}
