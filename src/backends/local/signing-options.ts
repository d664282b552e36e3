import { isBaseUrl } from '../../core/base-url.js';
import { assertKnown, isObject, kindOf, show } from '../../core/check-shape.js';
import { StorageError } from '../../core/error.js';
import { MIN_SECRET } from './min-secret.js';

const MAX_EXPIRY = 604_800;
const OPTIONS = ['secret', 'baseUrl', 'storage', 'prefix', 'expiresIn'];

/** How a local backend signs URLs. All processes that serve a storage need the same secret. */
export interface LocalSigningOptions {
  /** The key of the signatures, 32 characters at least; `openssl rand -hex 32` makes one. Another one ends all URLs. */
  readonly secret: string;
  /** Where clients reach the application: `https://files.example.com`. A function where that is known only later. */
  readonly baseUrl: string | (() => string);
  /** The name by which StorageHttpModule serves the storage. Default: `default`. */
  readonly storage?: string | undefined;
  /** The prefix of StorageHttpModule, after the global prefix of the application. Default: `api`. */
  readonly prefix?: string | undefined;
  /** Seconds that a URL is valid when the caller does not say it, 1 to 604,800. Default: 900. */
  readonly expiresIn?: number | undefined;
}

/** @throws StorageError INVALID_ARGUMENT (reason `config`). It tells nothing of the secret. */
export function checkSigningOptions(options: unknown): void {
  if (!isObject(options)) throw problem(`signing is ${kindOf(options)}: pass { secret, baseUrl, storage }`);
  assertKnown('signing of LocalBackend', options, OPTIONS, fail);
  const { secret, baseUrl, storage, prefix, expiresIn } = options;
  if (typeof secret !== 'string' || secret.length < MIN_SECRET)
    throw problem(
      `signing.secret is ${typeof secret === 'string' ? 'too short' : kindOf(secret)}: pass ${MIN_SECRET} characters or ` +
        'more, such as `openssl rand -hex 32` gives',
    );
  if (typeof baseUrl !== 'function' && !isBaseUrl(baseUrl))
    throw problem(
      `signing.baseUrl is ${typeof baseUrl === 'string' ? 'no such URL' : kindOf(baseUrl)}: pass one such as ` +
        '"https://files.example.com", without a query, or a function that gives one',
    );
  if (storage !== undefined && (typeof storage !== 'string' || storage === ''))
    throw problem(`signing.storage is ${show(storage)}: pass the name of the storage`);
  if (prefix !== undefined && (typeof prefix !== 'string' || !/^[A-Za-z0-9._~/-]*$/.test(prefix)))
    throw problem(`signing.prefix is ${show(prefix)}: pass path segments such as "api" or "files/v2"`);
  if (expiresIn !== undefined && !(Number.isSafeInteger(expiresIn) && inRange(expiresIn as number)))
    throw problem(`signing.expiresIn is ${show(expiresIn)}: pass seconds from 1 to ${MAX_EXPIRY}`);
}

const inRange = (seconds: number): boolean => seconds >= 1 && seconds <= MAX_EXPIRY;

function problem(message: string): StorageError {
  return fail(`LocalBackend: ${message}`);
}

function fail(message: string): StorageError {
  return new StorageError('INVALID_ARGUMENT', message, { reason: 'config' });
}
