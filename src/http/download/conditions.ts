import type { IncomingHttpHeaders } from 'node:http';
import type { ObjectInfo } from '../../core/object.js';
import { parseHttpDate, wholeSeconds } from '../message/http-date.js';
import { isWeak } from './entity-tag.js';

const TAG = /(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/g;
/** Each gap can be read in one way only: a long header must not take long to refuse. */
const LIST = /^[\s,]*(?:(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"(?:[\s,]+|$))*$/;
/** A date is a strong validator when nothing can have changed within its second: RFC 9110, 8.8.2.2. */
const STRONG_AFTER_MS = 1000;

type Verdict = 'proceed' | 'not-modified' | 'failed';

/** Whether a request has a condition that has to be decided before its method is carried out. */
export function isConditional(headers: IncomingHttpHeaders): boolean {
  return (
    headers['if-match'] !== undefined ||
    headers['if-none-match'] !== undefined ||
    headers['if-modified-since'] !== undefined ||
    headers['if-unmodified-since'] !== undefined
  );
}

/** What the conditions of a request come to, in the order of RFC 9110, 13.2.2. */
export function evaluateConditions(
  method: string,
  headers: IncomingHttpHeaders,
  info: Pick<ObjectInfo, 'etag' | 'lastModified'>,
): Verdict {
  const reads = method === 'GET' || method === 'HEAD';
  const modified = wholeSeconds(info.lastModified);
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, info.etag, 'strong')) return 'failed';
  } else {
    const since = dateOf(headers['if-unmodified-since']);
    if (since !== undefined && modified > since) return 'failed';
  }
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) {
    if (matches(ifNoneMatch, info.etag, 'weak')) return reads ? 'not-modified' : 'failed';
  } else if (reads) {
    const since = dateOf(headers['if-modified-since']);
    if (since !== undefined && modified <= since) return 'not-modified';
  }
  return 'proceed';
}

/** Whether a range may be served by If-Range (RFC 9110, 13.1.5): else the whole object is. */
export function rangeStillMeant(
  ifRange: string | undefined,
  info: Pick<ObjectInfo, 'etag' | 'lastModified'>,
  now: number = Date.now(),
): boolean {
  if (ifRange === undefined) return true;
  const value = ifRange.trim();
  if (value.startsWith('"')) return !isWeak(info.etag) && value === `"${info.etag}"`;
  const date = parseHttpDate(value);
  const modified = wholeSeconds(info.lastModified);
  return date !== undefined && date === modified && now - modified >= STRONG_AFTER_MS;
}

/** The comparisons of RFC 9110, 8.8.3.2. */
function matches(header: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (header.trim() === '*') return true;
  if (!LIST.test(header)) return false;
  const own = isWeak(etag) ? etag.slice(3, -1) : etag;
  const isOwn = (weak: string | undefined): boolean =>
    comparison === 'weak' || (weak === undefined && !isWeak(etag));
  for (const [, weak, tag] of header.matchAll(TAG)) if (tag === own && isOwn(weak)) return true;
  return false;
}

function dateOf(value: string | undefined): number | undefined {
  return value === undefined ? undefined : parseHttpDate(value);
}
