import type { Ticket } from '../pending/ticket.js';

/** What an upload in parts is allowed to become, and which one it is. */
export interface PartsTicket extends Ticket {
  readonly uploadId: string;
  /** As `MultipartUploads.begin` gave it. */
  readonly token?: string | undefined;
}
