import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { StorageError } from '../../core/error.js';
import { refusal } from '../errors/refuse.js';
import type { Ticket } from '../pending/ticket.js';
import type { PartsTicket } from './parts-ticket.js';

/** What a request may do with an upload in parts. */
export type GrantedAction = 'create' | 'part' | 'list' | 'complete' | 'abort';

interface GrantBounds {
  /** The name of the storage. */
  readonly storage: string;
  readonly scope: string;
  /** What the option `principal` gave, as JSON keeps it. */
  readonly principal?: unknown;
  /** Seconds since 1970. */
  readonly expires: number;
}

/** One request of an upload in parts. */
export interface PartsGrant extends GrantBounds {
  readonly action: GrantedAction;
  readonly ticket: PartsTicket;
  /** Of a part. */
  readonly number?: number | undefined;
  /** Of a part: its bytes, where they were said. */
  readonly size?: number | undefined;
}

/** A whole file in a form. */
export interface FormGrant extends GrantBounds {
  readonly action: 'form';
  readonly ticket: Ticket;
  /** The same, as it is kept with the object. */
  readonly sealed: string;
}

/** What one request may do, by its URL alone: it was authorized when the URL was given out. */
export type Grant = PartsGrant | FormGrant;

/** Seconds that a grant is valid: the request that it is for follows at once, and its retries within a minute. */
export const GRANT_SECONDS = 300;

const CIPHER = 'aes-256-gcm';
const [IV_BYTES, TAG_BYTES] = [12, 16];
/** Characters: with the rest of a request it has to be less than the 16 KiB that Node takes. */
const MAX_LENGTH = 12 * 1024;

/**
 * Seals grants and reads them. Sealed by AES-256-GCM (NIST SP 800-38D), so that nobody can change one, and its client does not
 * read what is in it: the scope, and what the application knows of who is calling.
 */
export class Grants {
  /** Private to the language, so that no log shows them. */
  readonly #keys: readonly Buffer[];

  /** @param secrets The first one seals, all are taken when a grant comes back. */
  constructor(secrets: readonly string[]) {
    this.#keys = secrets.map((secret) =>
      Buffer.from(hkdfSync('sha256', secret, '', 'nestjs-stowage grant 1', 32)),
    );
  }

  /** @throws StorageError INVALID_ARGUMENT when what is in it is too long for a URL. */
  seal(grant: Grant): string {
    const [key] = this.#keys;
    if (!key) throw new Error('There is no secret');
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, key, iv);
    const sealed = [iv, cipher.update(JSON.stringify(grant)), cipher.final(), cipher.getAuthTag()];
    const text = Buffer.concat(sealed).toString('base64url');
    if (text.length > MAX_LENGTH)
      throw refusal('INVALID_ARGUMENT', 'The upload has too long a name for its URL', 'key', {
        message: 'A grant is too long for a URL: let the option principal give less',
      });
    return text;
  }

  /** @throws StorageError PERMISSION_DENIED, reason `signature` or `expired`. */
  open(sealed: string | null, storage: string): Grant {
    const bytes = Buffer.from((sealed ?? '').slice(0, MAX_LENGTH), 'base64url');
    // Several spellings of base64url are the same bytes.
    if (bytes.length <= IV_BYTES + TAG_BYTES || bytes.toString('base64url') !== sealed) throw wrong();
    const text = this.#keys.map((key) => decrypted(key, bytes)).find((one) => one !== undefined);
    if (text === undefined) throw wrong();
    // Sealed by us: so every member is what it is said to be.
    const grant = JSON.parse(text) as Grant;
    if (grant.storage !== storage) throw wrong();
    if (!(grant.expires * 1000 > Date.now()))
      throw refusal('PERMISSION_DENIED', 'The URL has expired', 'expired');
    return grant;
  }
}

function decrypted(key: Buffer, bytes: Buffer): string | undefined {
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const text = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString();
  } catch {
    return undefined;
  }
}

function wrong(): StorageError {
  return refusal('PERMISSION_DENIED', 'The URL is not signed for this request', 'signature');
}
