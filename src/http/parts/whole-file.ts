import { randomUUID } from 'node:crypto';
import type { StorageAccess } from '../access/storage-access.js';
import type { DeclaredFile } from '../access/storage-authorize.js';
import { allowedType } from '../direct/allowed-type.js';
import { expiryOf } from '../direct/begin-direct.js';
import { keyFor } from '../direct/key-for.js';
import type { HttpRequest } from '../message/http-request.js';
import { ownerOf } from '../pending/owner-of.js';
import { TICKET_SECONDS, type Ticket } from '../pending/ticket.js';
import type { ServedStorages } from '../served-storages.js';
import { DEFAULT_MAX_SIZE } from '../upload/upload.options.js';

/** A file that is sent as a whole, and whose size nobody has said. */
export interface WholeFile {
  /** Where it is sent, in the storage as a whole. */
  readonly pending: string;
  readonly ticket: Ticket;
  /** The same, as its client gets it. */
  readonly sealed: string;
  /** What its signature has to hold. */
  readonly bounds: {
    readonly contentType: string;
    /** Bytes. */
    readonly maxSize: number;
    /** Seconds. */
    readonly expiresIn: number;
  };
}

/** A place below the pending prefix for such a file, and its ticket. @throws as `allowedType` and `keyFor`. */
export async function wholeFile(
  request: HttpRequest,
  access: StorageAccess,
  file: DeclaredFile,
  storages: ServedStorages,
): Promise<WholeFile> {
  const { served, scope, principal } = access;
  if (!served.pending) throw new Error('The storage has no direct uploads');
  const { name } = file;
  const contentType = allowedType(file, access);
  const key = await keyFor(request, access, name, contentType);
  const id = randomUUID();
  const expires = Math.floor(Date.now() / 1000) + TICKET_SECONDS;
  const ticket: Ticket = { id, key, name, contentType, expires };
  const owner = ownerOf(principal, storages.options.owner);
  const maxSize = served.options.maxSize ?? DEFAULT_MAX_SIZE;
  return {
    pending: served.pending.keyOf('direct', id),
    ticket,
    sealed: storages.tickets.seal('direct', ticket, { storage: served.name, scope, owner }),
    bounds: { contentType, maxSize, expiresIn: expiryOf(access, storages) },
  };
}
