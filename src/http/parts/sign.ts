import { SignedRequests } from '../../core/signed-requests.js';
import type { SignedUrl } from '../../core/signed-url.js';
import type { StorageService } from '../../storage/storage.service.js';
import type { StorageAccess } from '../access/storage-access.js';
import type { DeclaredFile } from '../access/storage-authorize.js';
import { beginDirect, expiryOf } from '../direct/begin-direct.js';
import type { HttpRequest } from '../message/http-request.js';
import type { ServedStorages } from '../served-storages.js';
import { beginParts } from './begin-parts.js';
import { grantedUrl } from './granted-url.js';
import { openStep } from './open-step.js';
import { partUrl } from './part-url.js';
import { signedForm } from './signed-form.js';
import { wholeFile, type WholeFile } from './whole-file.js';

/** A request that a client may make, as `signRequest` of `@uppy/aws-s3` returns it. */
export interface SignedRequestAnswer {
  readonly url: string;
  /** Of a new upload: what stands for its key from now on, and of a whole file what is given to `direct/confirm`. */
  readonly key?: string | undefined;
  /** To be sent exactly. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Of a POST form: the fields before the file. */
  readonly fields?: Readonly<Record<string, string>> | undefined;
  /** Of a whole file: to be given to `direct/confirm` when it is sent. */
  readonly ticket?: string | undefined;
}

/**
 * Signs what the body of `request` asks for.
 * @throws StorageError PERMISSION_DENIED for a ticket of somebody else, or of another upload; INVALID_ARGUMENT, reason `size`, where a
 * whole file has to say its size; TYPE_REFUSED, TOO_LARGE, and what the storage throws.
 */
export async function sign(
  request: HttpRequest,
  access: StorageAccess,
  storages: ServedStorages,
): Promise<SignedRequestAnswer> {
  const { parts } = access.asked;
  if (!parts) throw new Error('The request asks for no signature');
  if ('file' in parts) {
    if (parts.action === 'put') return signWhole(request, access, parts.file, storages);
    const { ticket, sealed } = await beginParts(request, access, parts.file, storages);
    return { url: grantedUrl(request, access, { action: 'create', ticket }, storages), key: sealed };
  }
  const upload = openStep(request, access, parts, storages);
  const { action, number, size } = parts;
  if (action !== 'part' || number === undefined)
    return { url: grantedUrl(request, access, { action, ticket: upload.ticket }, storages) };
  const url = await partUrl(upload, { number, size }, expiryOf(access, storages));
  const grant = { action, ticket: upload.ticket, number, size };
  return { url: url ?? grantedUrl(request, access, grant, storages) };
}

/** A whole file: with its size as any direct upload, without it in a form that bounds it, or at this server. */
async function signWhole(
  request: HttpRequest,
  access: StorageAccess,
  file: DeclaredFile,
  storages: ServedStorages,
): Promise<SignedRequestAnswer> {
  const { size } = file;
  if (size !== undefined) {
    const direct = { ...file, size, form: false };
    const asked = { ...access.asked, direct };
    const { url, headers, ticket } = await beginDirect(request, { ...access, asked }, storages);
    return { url, key: ticket, headers: sendable(headers), ticket };
  }
  const { pending, sealed: ticket, bounds } = await wholeFile(request, access, file, storages);
  const { url, headers, fields } = await signSizeless(access.served.storage, pending, bounds);
  if (fields) return { url, fields, ticket };
  return { url, key: ticket, headers: sendable(headers), ticket };
}

/** @throws StorageError INVALID_ARGUMENT, reason `size`, where nothing could keep an upload within its bounds. */
async function signSizeless(
  storage: StorageService,
  pending: string,
  { contentType, maxSize, expiresIn }: WholeFile['bounds'],
): Promise<SignedUrl> {
  // What comes to this server is held to the rules here.
  if (storage.supports(SignedRequests))
    return storage.signedUrl(pending, { method: 'PUT', contentType, expiresIn });
  const bounds = { contentType, maxSize, expiresIn };
  return signedForm(storage, pending, bounds, {
    detail:
      'The member size is missing: this storage takes a whole file only with its size. Send it in parts (shouldUseMultipart: true)',
    reason: 'size',
  });
}

/** Without what a script in a browser may not set: https://fetch.spec.whatwg.org/#forbidden-request-header */
function sendable(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'content-length'));
}
