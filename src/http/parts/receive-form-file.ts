import type { ServerResponse } from 'node:http';
import { StorageError } from '../../core/error.js';
import type { ObjectInfo } from '../../core/object.js';
import { KEPT_TICKET } from '../direct/kept-ticket.js';
import { refusal } from '../errors/refuse.js';
import { rawRequest, type HttpRequest } from '../message/http-request.js';
import type { ServedStorage } from '../served-storages.js';
import { sentContentType } from '../signed/keep-body.js';
import { formBoundary } from '../upload/form/form-boundary.js';
import { formBounds } from '../upload/form/form-bounds.js';
import { FormReader } from '../upload/form/form-reader.js';
import { removeOrLog } from '../upload/remove-or-log.js';
import { tooLarge } from '../upload/too-large.js';
import { UploadBody } from '../upload/upload-body.js';
import type { FormGrant } from './grants.js';
import { pendingKey } from './parts-upload.js';

/** The field of the file, as S3 names it. */
const FILE = 'file';

/**
 * Stores the file of a form below the pending prefix, as a store with forms of its own would: of at most `maxSize` bytes, with the type
 * and the ticket of the grant. What it is shows when it is confirmed.
 * @throws StorageError INVALID_ARGUMENT, TYPE_REFUSED, TOO_LARGE, ABORTED when the client is gone, and what `put` throws: then nothing of
 * this form is stored.
 */
export async function receiveFormFile(
  request: HttpRequest,
  response: ServerResponse,
  served: ServedStorage,
  { ticket, sealed }: FormGrant,
): Promise<ObjectInfo> {
  const { storage, options } = served;
  const raw = rawRequest(request);
  // On Express it is kept from the parsers of bodies.
  raw.headers['content-type'] ??= sentContentType(raw);
  const boundary = formBoundary(request);
  if (boundary === undefined) throw noFile();
  const bounds = formBounds({ maxSize: options.maxSize, maxFiles: 1, form: options.form });
  if (Number(request.headers['content-length'] ?? 0) > bounds.bytes) throw tooLarge(bounds.maxSize);
  const files = new Map([[FILE, 1]]);
  const reader = new FormReader({ request: raw, response, boundary, bounds, files });
  const key = pendingKey({ served, ticket });
  let isStored = false;
  try {
    const part = await reader.next();
    if (!part) throw noFile();
    const body = new UploadBody(part.stream, bounds.maxSize);
    const { contentType } = ticket;
    const stored = await storage
      .put(key, body, { contentType, metadata: { [KEPT_TICKET]: sealed } })
      .catch((error: unknown) => {
        const { errored } = body;
        body.destroy();
        // The storage wraps the error of a body in its own words; those of the body are fit for the client.
        throw StorageError.is(errored) ? errored : error;
      });
    isStored = true;
    await reader.next();
    return stored;
  } catch (error) {
    if (isStored) await removeOrLog('The file of a form that was not complete', () => storage.delete(key));
    throw reader.stop(error);
  }
}

const noFile = (): StorageError =>
  refusal('INVALID_ARGUMENT', `Send a form (multipart/form-data) with a file in the field ${FILE}`, FILE);
