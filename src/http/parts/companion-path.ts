import { refusal } from '../errors/refuse.js';
import { rawPath, rawQuery, type HttpRequest } from '../message/http-request.js';

/** What the path of a request names: `…/direct/s3/multipart/<uploadId>`, and what follows. */
export interface CompanionPath {
  /** The ticket: the parameter `key` of the query. */
  readonly sealed: string;
  readonly uploadId: string;
  /** The last segment: the number of a part, or `complete`. */
  readonly last?: string | undefined;
}

const MARK = '/direct/s3/multipart/';

/**
 * Reads it from the path as it came: an upload id is longer than what routers take for a parameter, and may have a `/` in it, escaped.
 * @throws StorageError INVALID_ARGUMENT.
 */
export function companionPath(request: HttpRequest): CompanionPath {
  const path = rawPath(request);
  const segments = path
    .slice(path.toLowerCase().lastIndexOf(MARK) + MARK.length)
    .replace(/\/$/, '')
    .split('/');
  const [uploadId = '', last, more] = segments.map(decode);
  if (uploadId === '' || more !== undefined)
    throw refusal('INVALID_ARGUMENT', 'The path names no upload', 'upload');
  const sealed = rawQuery(request).get('key');
  if (sealed === null)
    throw refusal('INVALID_ARGUMENT', 'The parameter key is missing: it is what multipart gave', 'key');
  return { sealed, uploadId, last };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw refusal('INVALID_ARGUMENT', 'The path is not well encoded', 'upload');
  }
}
