import { keyProblem } from '../../core/key.js';
import { rawPath, type HttpRequest } from './http-request.js';
import { refusal } from '../errors/refuse.js';

/**
 * The key that a request names: what follows `/<storage>/objects/` in its path.
 *
 * It is read from the path as it came, because routers differ in what they decode. It is decoded once,
 * so that `/` and `%2F` are equal and `%252F` stays `%2F`, and then has to keep the rules of a write.
 * @throws StorageError INVALID_ARGUMENT for a malformed escape (RFC 3986, 2.1), bytes that are no UTF-8, or a bad key.
 */
export function keyFromRequest(request: HttpRequest, storage: string): string {
  const key = keyInPath(request, storage, 'objects');
  const problem = keyProblem(key);
  if (problem !== undefined) throw refusal('INVALID_ARGUMENT', `The key is not valid: ${problem}`, 'key');
  return key;
}

/** What follows `/<storage>/<collection>/` in the path of a request, decoded once. @throws as `keyFromRequest`; it may be any text. */
export function keyInPath(request: HttpRequest, storage: string, collection: 'objects' | 'signed'): string {
  return decode(encodedKey(rawPath(request), storage, collection));
}

/** The path of an object below that of its storage: each segment percent-encoded (RFC 3986, 3.3). */
export function encodeKey(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/');
}

/** After the first `/objects/` right after the storage: a key may hold the same text again. */
function encodedKey(path: string, storage: string, collection: 'objects' | 'signed'): string {
  for (const { index } of path.matchAll(
    // By a lookahead, so that in `/objects/objects/` both are found: the storage may have that name.
    collection === 'objects' ? /(?=\/objects\/)/gi : /(?=\/signed\/)/gi,
  )) {
    const before = path.slice(path.lastIndexOf('/', index - 1) + 1, index);
    if (decode(before) === storage) return path.slice(index + collection.length + 2);
  }
  return '';
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refusal('INVALID_ARGUMENT', 'The path is not well encoded', 'key');
  }
}
