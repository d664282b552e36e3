import type { Asked } from '../access/asked.js';
import { refusal } from '../errors/refuse.js';
import type { HttpRequest } from '../message/http-request.js';
import { readJson } from '../message/read-json.js';
import type { ServedStorage, ServedStorages } from '../served-storages.js';
import { keptTicket } from './kept-ticket.js';

const MAX_BODY = 32 * 1024;
const MEMBERS = ['ticket', 'key', 'etag'];

/**
 * What the body of a `POST direct/confirm` asks for: by its ticket, or by the key of a form whose client has no ticket.
 * @throws StorageError INVALID_ARGUMENT, TYPE_REFUSED, TOO_LARGE; PERMISSION_DENIED, reason `ticket`, for what was not sealed here; what
 * `keptTicket` throws.
 */
export async function confirmRequest(
  request: HttpRequest,
  served: ServedStorage,
  storages: ServedStorages,
): Promise<Asked> {
  const body = await readJson(request, MAX_BODY);
  const unknown = Object.keys(body).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined)
    throw refusal('INVALID_ARGUMENT', `The body takes ${MEMBERS.join(', ')} and nothing else`, 'body');
  const { ticket, key: sent, etag } = body;
  if (sent !== undefined && (typeof sent !== 'string' || ticket !== undefined))
    throw refusal('INVALID_ARGUMENT', 'The member key takes the key that the form had, and no ticket', 'key');
  if (etag !== undefined && (typeof etag !== 'string' || etag === ''))
    throw refusal('INVALID_ARGUMENT', 'The member etag takes the ETag of the upload', 'etag');
  const kept = typeof sent === 'string' ? await keptTicket(sent, served, storages) : undefined;
  const sealed = kept?.sealed ?? ticket;
  if (typeof sealed !== 'string')
    throw refusal('INVALID_ARGUMENT', 'The member ticket takes what direct gave', 'ticket');
  const { key, name, contentType, size } =
    kept?.ticket ?? storages.tickets.peek('direct', sealed, served.name);
  return {
    key,
    file: { name, contentType, ...(size !== undefined && { size }) },
    confirm: { sealed, etag: etag?.replace(/^(?:W\/)?"(.*)"$/, '$1') },
  };
}
