import { kindOf, show } from '../../core/check-shape.js';
import { keyProblem } from '../../core/key.js';
import { httpError } from '../errors/http-error.js';
import type { StorageHttpOptions } from '../storage-http.options.js';

/** Characters: as of the secret of signed URLs, half of the hash in hexadecimal digits (https://www.rfc-editor.org/rfc/rfc2104#section-3). */
const MIN_SECRET = 32;

/**
 * What uploads need that are admitted only later: the secret, the owner and the prefixes.
 * @throws StorageError INVALID_ARGUMENT (reason `config`). It tells nothing of a secret.
 */
export function checkPending({ storages, secret, owner }: StorageHttpOptions): void {
  for (const [name, { pendingPrefix }] of Object.entries(storages)) {
    if (pendingPrefix === undefined || isPrefix(pendingPrefix)) continue;
    throw httpError(
      `pendingPrefix of storage "${name}" is ${show(pendingPrefix)}: pass a prefix that ends in "/", such as "pending/"`,
    );
  }
  if (owner !== undefined && typeof owner !== 'function')
    throw httpError(`owner is ${kindOf(owner)}: pass (principal) => …, or leave it out`);
  const secrets = secretsOf(secret);
  const short = secrets.findIndex((one) => typeof one !== 'string' || one.length < MIN_SECRET);
  if (short !== -1)
    throw httpError(
      `secret is ${typeof secrets[short] === 'string' ? 'too short' : kindOf(secrets[short])}: pass ${MIN_SECRET} characters or ` +
        'more, such as `openssl rand -hex 32` gives, or a list of such',
    );
  const needs = Object.entries(storages).find(([, { operations }]) => operations.includes('direct'));
  if (needs && secrets.length === 0)
    throw httpError(
      `storage "${needs[0]}" has direct, and there is no secret: pass one of ${MIN_SECRET} characters or more, ` +
        'the same in all processes',
    );
}

/** All of them, the one that seals first. */
export function secretsOf(secret: StorageHttpOptions['secret']): readonly string[] {
  if (secret === undefined) return [];
  return Array.isArray(secret) ? (secret as readonly string[]) : [secret as string];
}

function isPrefix(prefix: unknown): boolean {
  return typeof prefix === 'string' && prefix.endsWith('/') && keyProblem(prefix.slice(0, -1)) === undefined;
}
