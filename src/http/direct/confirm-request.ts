import type { Asked } from '../access/asked.js';
import { refusal } from '../errors/refuse.js';
import type { HttpRequest } from '../message/http-request.js';
import { readJson } from '../message/read-json.js';
import type { ServedStorage, ServedStorages } from '../served-storages.js';

const MAX_BODY = 32 * 1024;
const MEMBERS = ['ticket', 'etag'];

/**
 * What the body of a `POST direct/confirm` asks for.
 * @throws StorageError INVALID_ARGUMENT, TYPE_REFUSED, TOO_LARGE; PERMISSION_DENIED, reason `ticket`, for what was not sealed here.
 */
export async function confirmRequest(
  request: HttpRequest,
  { name: storage }: ServedStorage,
  { tickets }: ServedStorages,
): Promise<Asked> {
  const body = await readJson(request, MAX_BODY);
  const unknown = Object.keys(body).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined)
    throw refusal('INVALID_ARGUMENT', `The body takes ${MEMBERS.join(', ')} and nothing else`, 'body');
  const { ticket: sealed, etag } = body;
  if (typeof sealed !== 'string')
    throw refusal('INVALID_ARGUMENT', 'The member ticket takes what direct gave', 'ticket');
  if (etag !== undefined && (typeof etag !== 'string' || etag === ''))
    throw refusal('INVALID_ARGUMENT', 'The member etag takes the ETag of the upload', 'etag');
  const { key, name, contentType, size } = tickets.peek('direct', sealed, storage);
  return {
    key,
    file: { name, contentType, ...(size !== undefined && { size }) },
    confirm: { sealed, etag: etag?.replace(/^(?:W\/)?"(.*)"$/, '$1') },
  };
}
