import { isObject, show } from '../core/check-shape.js';
import { StorageError } from '../core/error.js';
import { addressProblem, assertKey, dotProblem, keyProblem } from '../core/key.js';

/**
 * Where anyone can read the objects of a storage, such as a CDN or a website in front of it: the URL that its keys follow, or a
 * function that makes the whole URL of a key. The key is that of the whole storage, also in a scope, and not encoded.
 */
export type PublicUrl = string | ((key: string) => string);

/** What is wrong with `publicUrl`; undefined: nothing. */
export function publicUrlProblem(publicUrl: unknown): string | undefined {
  if (publicUrl === undefined || typeof publicUrl === 'function') return undefined;
  const expected =
    'pass a URL such as "https://cdn.example.com/media", or a function that makes that of a key';
  if (typeof publicUrl !== 'string')
    return `publicUrl is ${isObject(publicUrl) ? 'an object' : show(publicUrl)}: ${expected}`;
  // Not shown: there may be credentials in it.
  if (!isWebUrl(publicUrl) || /[?#@\s\\]/.test(publicUrl))
    return `publicUrl is no http(s) URL without credentials, query and fragment: ${expected}`;
  return undefined;
}

/**
 * The public URL of `key` in the scope `prefix` of the storage `storage`. Each segment is percent-encoded (RFC 3986, 3.3).
 * @throws StorageError UNSUPPORTED without a `publicUrl`; INVALID_ARGUMENT for a bad key, reason `config` for what a function gives.
 */
export function publicUrlOf(
  storage: string,
  publicUrl: PublicUrl | undefined,
  prefix: string,
  key: string,
): string {
  // A scope holds only where the rules of a write do, as for signed URLs; dots are resolved by every URL parser.
  assertKey(key, prefix === '' ? addressProblem : keyProblem);
  const absolute = prefix + key;
  const problem = dotProblem(absolute);
  if (problem !== undefined)
    throw new StorageError('INVALID_ARGUMENT', `Invalid key: ${problem}`, { storage, reason: 'key' });
  if (publicUrl === undefined) {
    const what = `${storage}: it has no public URL: pass publicUrl to its StorageModule`;
    throw new StorageError('UNSUPPORTED', what, { storage, reason: 'publicUrl' });
  }
  if (typeof publicUrl === 'string')
    return `${publicUrl.replace(/\/+$/, '')}/${absolute.split('/').map(encodeURIComponent).join('/')}`;
  const url: unknown = publicUrl(absolute);
  if (typeof url === 'string' && isWebUrl(url)) return url;
  throw new StorageError('INVALID_ARGUMENT', `${storage}: its publicUrl gave no http(s) URL`, {
    storage,
    reason: 'config',
  });
}

function isWebUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}
