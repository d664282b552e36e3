import { randomUUID } from 'node:crypto';
import { MultipartUploads } from '../../core/multipart-uploads.js';
import type { StorageAccess } from '../access/storage-access.js';
import type { DeclaredFile } from '../access/storage-authorize.js';
import { allowedType } from '../direct/allowed-type.js';
import { keyFor } from '../direct/key-for.js';
import type { HttpRequest } from '../message/http-request.js';
import { ownerOf } from '../pending/owner-of.js';
import { TICKET_SECONDS } from '../pending/ticket.js';
import type { ServedStorages } from '../served-storages.js';
import type { PartsTicket } from './parts-ticket.js';

/** An upload that was begun. */
export interface BegunParts {
  readonly ticket: PartsTicket;
  /** The same, as its client gets it. */
  readonly sealed: string;
}

/** Begins an upload in parts below the pending prefix. @throws as `allowedType`, and what `MultipartUploads.begin` throws. */
export async function beginParts(
  request: HttpRequest,
  access: StorageAccess,
  file: DeclaredFile,
  storages: ServedStorages,
): Promise<BegunParts> {
  const { served, scope, principal } = access;
  if (!served.pending) throw new Error('The storage has no direct uploads');
  const { name, size } = file;
  const contentType = allowedType(file, access);
  const key = await keyFor(request, access, name, contentType);
  const owner = ownerOf(principal, storages.options.owner);
  const id = randomUUID();
  const uploads = served.storage.as(MultipartUploads);
  const { uploadId, token } = await uploads.begin(served.pending.keyOf('direct', id), {
    contentType,
    signedParts: true,
  });
  const expires = Math.floor(Date.now() / 1000) + TICKET_SECONDS;
  const ticket: PartsTicket = { id, key, name, contentType, size, uploadId, token, expires };
  const sealed = storages.tickets.seal('parts', ticket, { storage: served.name, scope, owner });
  return { ticket, sealed };
}
