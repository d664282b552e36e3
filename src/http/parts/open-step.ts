import type { StorageAccess } from '../access/storage-access.js';
import { refusal } from '../errors/refuse.js';
import type { HttpRequest } from '../message/http-request.js';
import { ownerOf } from '../pending/owner-of.js';
import type { ServedStorages } from '../served-storages.js';
import type { PartsStep } from './parts-request.js';
import type { PartsTicket } from './parts-ticket.js';
import type { PartsUpload } from './parts-upload.js';

/** The upload of a step, for whom its ticket was given out. @throws StorageError PERMISSION_DENIED, reason `ticket` or `expired`. */
export function openStep(
  request: HttpRequest,
  { served, storage, scope, principal }: StorageAccess,
  { sealed, uploadId }: PartsStep,
  { tickets, options }: ServedStorages,
): PartsUpload {
  const owner = ownerOf(principal, options.owner);
  // Sealed for this purpose by `beginParts` alone.
  const ticket = tickets.open('parts', sealed, { storage: served.name, scope, owner }) as PartsTicket;
  if (ticket.uploadId !== uploadId)
    throw refusal('PERMISSION_DENIED', 'The ticket is not valid here', 'ticket');
  return { served, storage, scope, principal, ticket, request };
}
