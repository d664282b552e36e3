import { randomUUID } from 'node:crypto';
import { StorageError } from '../../core/error.js';
import { Presigning } from '../../core/presigning.js';
import type { SignUploadOptions } from '../../core/sign-options.js';
import type { SignedUrl } from '../../core/signed-url.js';
import type { StorageService } from '../../storage/storage.service.js';
import type { StorageAccess } from '../access/storage-access.js';
import type { HttpRequest } from '../message/http-request.js';
import { ownerOf } from '../pending/owner-of.js';
import { TICKET_SECONDS } from '../pending/ticket.js';
import type { ServedStorages } from '../served-storages.js';
import { allowedType } from './allowed-type.js';
import { keyFor } from './key-for.js';

/** Seconds that a URL is valid at most, when nothing else is said: as those of `presign`. */
const DEFAULT_MAX_EXPIRY = 3_600;

/** What a client needs to send one file past this server: it sends the request that it is told, then confirms with the ticket. */
export interface DirectUpload extends Omit<SignedUrl, 'key' | 'method'> {
  readonly method: 'PUT' | 'POST';
  /** To be given to `direct/confirm` when the file is sent, within a day. Whoever else has it can do nothing with it. */
  readonly ticket: string;
}

/**
 * A place below the pending prefix where the file may be sent, and the ticket by which it becomes an object. What the storage can
 * enforce is signed: length, type, and the checksum where the storage refuses another one.
 * @throws StorageError TYPE_REFUSED, TOO_LARGE, INVALID_ARGUMENT for a key that is none, and what `signedUrl` throws.
 */
export async function beginDirect(
  request: HttpRequest,
  access: StorageAccess,
  storages: ServedStorages,
): Promise<DirectUpload> {
  const { served, scope, principal } = access;
  const { direct } = access.asked;
  if (!direct || !served.pending) throw new Error('The request asks for no direct upload');
  const { name, size, checksum } = direct;
  const contentType = allowedType(direct, access);
  const key = await keyFor(request, access, name, contentType);
  const id = randomUUID();
  const { url, checked } = await sign(served.storage, served.pending.keyOf('direct', id), {
    ...{ contentType, size, checksum },
    method: direct.form ? 'POST' : 'PUT',
    expiresIn: expiryOf(access, storages),
  });
  const expires = Math.floor(Date.now() / 1000) + TICKET_SECONDS;
  const ticket = storages.tickets.seal(
    'direct',
    { id, key, name, contentType, size, checksum, ...(checked && { checked }), expires },
    { storage: served.name, scope, owner: ownerOf(principal, storages.options.owner) },
  );
  const { method, headers, fields, expiresAt } = url;
  return {
    ...{ url: url.url, method: method as DirectUpload['method'], headers },
    ...(fields && { fields }),
    ...{ expiresAt, ticket },
  };
}

/** What the storage has not is left out: a form becomes a PUT, and a checksum that it would not look at is looked at here. */
async function sign(
  storage: StorageService,
  pending: string,
  options: SignUploadOptions & { readonly method: 'PUT' | 'POST' },
): Promise<{ readonly url: SignedUrl; readonly checked: boolean }> {
  try {
    const url = await storage.signedUrl(pending, options);
    return { url, checked: options.checksum !== undefined };
  } catch (error) {
    if (!StorageError.is(error, 'UNSUPPORTED')) throw error;
    if (error.reason === 'POST') return sign(storage, pending, { ...options, method: 'PUT' });
    if (error.reason === 'checksum') return sign(storage, pending, { ...options, checksum: undefined });
    throw error;
  }
}

/** Seconds, within what `presign` allows. */
export function expiryOf({ served }: StorageAccess, { options: { presign } }: ServedStorages): number {
  const { expiresIn: usual } = served.storage.as(Presigning);
  return Math.min(usual, presign?.maxExpiresIn ?? Math.max(DEFAULT_MAX_EXPIRY, usual));
}
