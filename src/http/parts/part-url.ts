import { Presigning } from '../../core/presigning.js';
import { SignedRequests } from '../../core/signed-requests.js';
import { MultipartUploads } from '../../core/multipart-uploads.js';
import { tooLarge } from '../upload/too-large.js';
import { abortParts, mostBytes, pendingKey, type PartsUpload } from './parts-upload.js';

/** A part that a client is about to send. */
export interface WantedPart {
  readonly number: number;
  /** Bytes. */
  readonly size?: number | undefined;
}

/**
 * The URL of the bucket that takes one part; undefined where parts are sent to this server, because it serves the storage itself.
 * @param expiresIn Seconds.
 * @throws StorageError TOO_LARGE for a size, or a number that no upload of the allowed size needs: then the upload is gone.
 */
export async function partUrl(
  upload: PartsUpload,
  { number, size }: WantedPart,
  expiresIn: number,
): Promise<string | undefined> {
  const { served, ticket } = upload;
  const { minPart, maxParts, maxPart } = served.storage.as(MultipartUploads).limits;
  const most = mostBytes(upload);
  // All parts but the last have to be that large.
  const needed = Math.min(maxParts, Math.max(1, Math.ceil(most / Math.max(1, minPart))));
  if (number > needed) {
    // Whoever gets there has sent too much already, or will have.
    await abortParts(upload);
    throw tooLarge(most);
  }
  if (size !== undefined && size > Math.min(most, maxPart)) throw tooLarge(Math.min(most, maxPart));
  if (served.storage.supports(SignedRequests)) return undefined;
  const presigning = served.storage.as(Presigning);
  const { url } = await presigning.signPart(pendingKey(upload), ticket.uploadId, number, { expiresIn, size });
  return url;
}
