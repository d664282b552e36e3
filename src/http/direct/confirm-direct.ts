import type { StorageAccess } from '../access/storage-access.js';
import type { HttpRequest } from '../message/http-request.js';
import { admitStored } from '../pending/admit-stored.js';
import { ownerOf } from '../pending/owner-of.js';
import type { ServedStorages } from '../served-storages.js';
import type { StoredFile } from '../upload/stored-file.js';

/**
 * Makes the object of what a client has sent past this server, for whom its ticket was given out.
 * @throws StorageError PERMISSION_DENIED, reason `ticket` or `expired`, and what `admitStored` throws.
 */
export async function confirmDirect(
  request: HttpRequest,
  { served, storage, scope, principal, asked: { confirm } }: StorageAccess,
  storages: ServedStorages,
): Promise<StoredFile> {
  const { pending: area, storage: root, options: rules, name } = served;
  if (!confirm || !area) throw new Error('The request confirms no direct upload');
  const ticket = storages.tickets.open('direct', confirm.sealed, {
    ...{ storage: name, scope },
    owner: ownerOf(principal, storages.options.owner),
  });
  return admitStored({
    ...{ area, root, storage, scope, rules, ticket, request, principal },
    pending: area.keyOf('direct', ticket.id),
    marks: storages.tickets.marksOf(ticket),
    etag: confirm.etag,
    via: 'direct',
  });
}
