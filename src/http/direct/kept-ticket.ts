import { StorageError } from '../../core/error.js';
import { refusal } from '../errors/refuse.js';
import type { Ticket } from '../pending/ticket.js';
import type { ServedStorage, ServedStorages } from '../served-storages.js';

/** The user metadata in which the object of a form has its ticket: its client keeps nothing but the key. */
export const KEPT_TICKET = 'upload-ticket';
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/**
 * The ticket of an upload that was sent in a form, by the key that the form had. It is read from the object, where whoever can write
 * to it may have put another one: so it counts for its own upload alone, and for whom it was sealed.
 * @returns The ticket as its client would have it, and what it says.
 * @throws StorageError INVALID_ARGUMENT for a key that no form has; NOT_FOUND, reason `upload`; PERMISSION_DENIED, reason `ticket`, for
 * what has none, a forged one, or that of another upload; what `head` throws.
 */
export async function keptTicket(
  key: string,
  { name, storage, pending }: ServedStorage,
  { tickets }: ServedStorages,
): Promise<{ readonly sealed: string; readonly ticket: Ticket }> {
  if (!pending) throw new Error('The storage has no direct uploads');
  const id = key.slice(pending.keyOf('direct', '').length);
  if (!UUID.test(id) || pending.keyOf('direct', id) !== key)
    throw refusal('INVALID_ARGUMENT', 'The member key takes the key that the form had', 'key');
  let sealed: string | undefined;
  try {
    sealed = (await storage.head(key)).metadata?.[KEPT_TICKET];
  } catch (error) {
    if (!StorageError.is(error, 'NOT_FOUND')) throw error;
    throw refusal('NOT_FOUND', 'There is no such upload, or no more', 'upload', { cause: error });
  }
  const ticket = sealed === undefined ? undefined : tickets.peek('direct', sealed, name);
  if (sealed !== undefined && ticket?.id === id) return { sealed, ticket };
  throw refusal('PERMISSION_DENIED', 'The ticket is not valid here', 'ticket');
}
