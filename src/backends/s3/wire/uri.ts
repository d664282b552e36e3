import { StorageError } from '../../../core/error.js';

const BEYOND_UNRESERVED = /[^A-Za-z0-9\-._~]/;
const BEYOND_UNRESERVED_AND_SLASH = /[^A-Za-z0-9\-._~/]/;
/** What encodeURIComponent leaves and SigV4 encodes. */
const LEFT_OVER = /[!'()*]/g;

/**
 * A key as it stands in the path of a URL, and in the canonical URI of a signature: each byte of its UTF-8 but
 * `A-Za-z0-9-._~` and `/` as `%XX`. It is encoded once and nothing is cleaned away: `//`, `.` and `..` stay.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html (UriEncode)
 * @throws StorageError INVALID_ARGUMENT for a lone surrogate, which has no UTF-8
 */
export function encodeKey(key: string): string {
  return BEYOND_UNRESERVED_AND_SLASH.test(key) ? encode(key).replaceAll('%2F', '/') : key;
}

/**
 * A name or a value of a query: as {@link encodeKey}, and `/` is `%2F`.
 * @throws StorageError INVALID_ARGUMENT for a lone surrogate
 */
export function encodeQueryPart(text: string): string {
  return BEYOND_UNRESERVED.test(text) ? encode(text) : text;
}

/**
 * A query as it is signed, and as it may be sent: `a=&b=c`, encoded, then sorted by name and by value.
 * A name without a value gets its `=`. Empty when there are no pairs.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html (CanonicalQueryString)
 * @throws StorageError INVALID_ARGUMENT for a lone surrogate
 */
export function canonicalQuery(pairs: readonly (readonly [name: string, value: string])[]): string {
  const encoded = pairs.map(([name, value]) => [encodeQueryPart(name), encodeQueryPart(value)] as const);
  // Names are compared without their `=`: `a` comes before `a-b`, though `a=` comes after `a-b=`.
  encoded.sort(([a, x], [b, y]) => (a === b ? order(x, y) : order(a, b)));
  let query = '';
  for (const [name, value] of encoded) query += `${query && '&'}${name}=${value}`;
  return query;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function encode(text: string): string {
  if (!text.isWellFormed())
    throw new StorageError('INVALID_ARGUMENT', 'A URL cannot carry a lone surrogate: it has no UTF-8');
  return encodeURIComponent(text).replace(LEFT_OVER, percent);
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
