import type { SignedChecksum } from '../../core/sign-options.js';

/** What a ticket is for: each purpose has a key of its own, so that no ticket is taken for another. */
export type TicketPurpose = 'direct' | 'parts';

/** What an upload is allowed to become. It is sealed, given to the client, and kept nowhere. */
export interface Ticket {
  /** A UUID: the name of what is not admitted yet. */
  readonly id: string;
  /** The key of the object when it is admitted, in its scope. */
  readonly key: string;
  /** As its sender named it, cleaned. */
  readonly name: string;
  /** As its sender declared it, and as it was allowed. */
  readonly contentType: string;
  /** Bytes. Absent: they are not known yet. */
  readonly size?: number | undefined;
  readonly checksum?: SignedChecksum | undefined;
  /** Whether the storage itself was made to refuse other bytes than those of `checksum`. */
  readonly checked?: boolean | undefined;
  /** Of an upload in parts, as the backend names it. */
  readonly uploadId?: string | undefined;
  /** Seconds since 1970. */
  readonly expires: number;
}

/** Whose a ticket is, and for what place: all of it has to be the same when it comes back. */
export interface TicketHolder {
  /** The name of the storage. */
  readonly storage: string;
  /** What `authorize` confined the request to; empty: nothing. */
  readonly scope: string;
  /** As `ownerOf` gives it. */
  readonly owner: string;
}

/** Seconds that a ticket is valid when nothing else is said: what is sent for longer than a day is not confirmed any more. */
export const TICKET_SECONDS = 86_400;
