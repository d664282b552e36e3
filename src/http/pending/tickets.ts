import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { isObject } from '../../core/check-shape.js';
import type { StorageError } from '../../core/error.js';
import { refusal } from '../errors/refuse.js';
import type { Ticket, TicketHolder, TicketPurpose } from './ticket.js';

const VERSION = 1;
/** Characters. The longest members are a key (1,024 bytes), a name (255) and the id that a backend gave an upload. */
const MAX_LENGTH = 16 * 1024;
const FORM = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/;

/**
 * Seals tickets and reads them: `base64url(JSON) . base64url(HMAC-SHA256)`, by a key for each purpose that HKDF (RFC 5869) derives
 * of the secret. Of owner and scope a ticket holds a keyed digest alone: a client learns neither, nor can it try them out.
 */
export class Tickets {
  /** Private to the language, so that no log shows them. */
  readonly #secrets: readonly string[];

  /** @param secrets The first one seals, all are taken when a ticket comes back: so they can be changed while uploads go on. */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
  }

  /** The ticket as its client gets it. */
  seal(purpose: TicketPurpose, ticket: Ticket, holder: TicketHolder): string {
    const [secret] = this.#secrets;
    if (secret === undefined) throw new Error('There is no secret');
    const content = { version: VERSION, purpose, ...digests(secret, holder), ...ticket };
    const text = Buffer.from(JSON.stringify(content)).toString('base64url');
    return `${text}.${signatureOf(secret, purpose, text)}`;
  }

  /**
   * What `sealed` allows its holder.
   * @throws StorageError PERMISSION_DENIED, reason `ticket`: forged, of another purpose, storage, scope or owner, none of which is told
   * apart; reason `expired`.
   */
  open(purpose: TicketPurpose, sealed: unknown, holder: TicketHolder): Ticket {
    const { secret, content } = this.read(purpose, sealed);
    const { scope, owner, storage } = digests(secret, holder);
    const isHolder =
      content.storage === storage && isSame(scope, content.scope) && isSame(owner, content.owner);
    if (!isHolder) throw wrong();
    if (!(content.expires * 1000 > Date.now()))
      throw refusal('PERMISSION_DENIED', 'The ticket has expired', 'expired');
    return content;
  }

  /**
   * What was sealed, whoever brings it: to ask whether its bearer may go on, and for nothing else.
   * @throws StorageError PERMISSION_DENIED, reason `ticket`, when it was not sealed here for this purpose and storage.
   */
  peek(purpose: TicketPurpose, sealed: unknown, storage: string): Ticket {
    const { content } = this.read(purpose, sealed);
    if (content.storage !== storage) throw wrong();
    return content;
  }

  /** What the object of a ticket is known by, one of each secret: its holder cannot tell it by the id. */
  marksOf({ id }: Pick<Ticket, 'id'>): readonly [string, ...string[]] {
    const [first, ...others] = this.#secrets.map((secret) =>
      createHmac('sha256', derived(secret, 'mark')).update(id).digest('base64url'),
    );
    if (first === undefined) throw new Error('There is no secret');
    return [first, ...others];
  }

  private read(
    purpose: TicketPurpose,
    sealed: unknown,
  ): { readonly secret: string; readonly content: Ticket & TicketHolder } {
    if (typeof sealed !== 'string' || sealed.length > MAX_LENGTH || !FORM.test(sealed)) throw wrong();
    const [text = '', signature = ''] = sealed.split('.');
    const secret = this.#secrets.find((one) => isSame(signatureOf(one, purpose, text), signature));
    if (secret === undefined) throw wrong();
    const content: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (!isObject(content) || content.version !== VERSION) throw wrong();
    // Sealed by us, in this version: so every member is what it is said to be.
    return { secret, content: content as unknown as Ticket & TicketHolder };
  }
}

function digests(secret: string, { storage, scope, owner }: TicketHolder): TicketHolder {
  const digest = (what: string, value: string): string =>
    createHmac('sha256', derived(secret, `holder ${what}`))
      .update(value)
      .digest('base64url');
  return { storage, scope: digest('scope', scope), owner: digest('owner', owner) };
}

function signatureOf(secret: string, purpose: TicketPurpose, text: string): string {
  return createHmac('sha256', derived(secret, `ticket ${purpose}`))
    .update(text)
    .digest('base64url');
}

/** The same secret may sign URLs: by none of its keys can what is signed by another be made. */
function derived(secret: string, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `nestjs-stowage ${info}`, 32));
}

/** As text: several spellings of base64url are the same bytes. It takes as long for a wrong one as for the right one. */
function isSame(expected: string, given: unknown): boolean {
  if (typeof given !== 'string') return false;
  const [one, other] = [Buffer.from(expected), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function wrong(): StorageError {
  return refusal('PERMISSION_DENIED', 'The ticket is not valid here', 'ticket');
}
