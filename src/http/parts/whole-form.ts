import { SignedRequests } from '../../core/signed-requests.js';
import type { StorageAccess } from '../access/storage-access.js';
import type { DeclaredFile } from '../access/storage-authorize.js';
import { KEPT_TICKET } from '../direct/kept-ticket.js';
import { refusal } from '../errors/refuse.js';
import type { HttpRequest } from '../message/http-request.js';
import type { ServedStorages } from '../served-storages.js';
import { grantedUrl } from './granted-url.js';
import { signedForm } from './signed-form.js';
import { wholeFile } from './whole-file.js';

/** Bytes of user metadata that S3 keeps: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const MAX_METADATA = 2048;

/** A form for one file, as Companion answers it: the file follows the fields, in the field `file`. */
export interface CompanionForm {
  readonly method: 'POST';
  readonly url: string;
  /** `key` is what `direct/confirm` takes when the form is sent. */
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * A form for a whole file whose size is not said. The storage holds it to its key, type and `maxSize`, and keeps the ticket with the
 * object, because the client of Companion keeps nothing but the key. On local disk the form comes to this server.
 * @throws StorageError INVALID_ARGUMENT, reason `form`, where the storage has no forms, and `key` for names that are too long for one;
 * TYPE_REFUSED, and what `signedUrl` throws.
 */
export async function wholeForm(
  request: HttpRequest,
  access: StorageAccess,
  file: DeclaredFile,
  storages: ServedStorages,
): Promise<CompanionForm> {
  const { storage } = access.served;
  const { pending, ticket, sealed, bounds } = await wholeFile(request, access, file, storages);
  if (KEPT_TICKET.length + sealed.length > MAX_METADATA)
    throw refusal('INVALID_ARGUMENT', 'The names of the upload are too long for a form', 'key');
  if (storage.supports(SignedRequests)) {
    const path = grantedUrl(request, access, { action: 'form', ticket, sealed }, storages);
    // Its client takes no path alone.
    const { url: own } = await storage.signedUrl(pending, { method: 'PUT', expiresIn: bounds.expiresIn });
    return { method: 'POST', url: new URL(path, own).href, fields: { key: pending } };
  }
  const kept = { ...bounds, metadata: { [KEPT_TICKET]: sealed } };
  const { url, fields = {} } = await signedForm(storage, pending, kept, {
    detail: 'Send files in parts: shouldUseMultipart: true',
    reason: 'form',
  });
  return { method: 'POST', url, fields };
}
