import { UNKNOWN_TYPE } from '../../core/content-type.js';
import type { ObjectInfo } from '../../core/object.js';
import { isActive, SANDBOX } from '../../core/active-type.js';
import { disposition } from '../message/disposition.js';
import { entityTag } from './entity-tag.js';
import type { ServeOptions } from './serve.options.js';

/** Kept by the browser of one user, and asked for again each time: an object may be replaced or hidden. */
const DEFAULT_CACHE_CONTROL = 'private, no-cache';

type Headers = Record<string, string>;

/** The headers that identify a representation: those that a 304 has too (RFC 9110, 15.4.5). */
export function validatorHeaders(info: ObjectInfo, { cacheControl }: ServeOptions): Headers {
  return {
    ETag: entityTag(info.etag),
    // Never later than now, whatever the clock of the storage says: RFC 9110, 8.8.2.1.
    'Last-Modified': new Date(Math.min(info.lastModified.getTime(), Date.now())).toUTCString(),
    'Cache-Control': cacheControl ?? info.cacheControl ?? DEFAULT_CACHE_CONTROL,
  };
}

/** The headers of an object that is sent, but for those of its length. */
export function objectHeaders(key: string, info: ObjectInfo, options: ServeOptions): Headers {
  const { replace = {} } = options;
  const contentType = replace.contentType ?? info.contentType ?? UNKNOWN_TYPE;
  const contentEncoding = replace.contentEncoding ?? info.contentEncoding;
  const contentLanguage = replace.contentLanguage ?? info.contentLanguage;
  const active = isActive(contentType);
  const headers: Headers = {
    ...validatorHeaders(info, options),
    'Accept-Ranges': 'bytes',
    'Content-Type': contentType,
    'Content-Disposition': disposition({
      attachment: active || options.download === true,
      name: options.name,
      stored: replace.contentDisposition ?? info.contentDisposition,
      key,
    }),
    'X-Content-Type-Options': 'nosniff',
  };
  if (active) headers['Content-Security-Policy'] = SANDBOX;
  if (contentEncoding) headers['Content-Encoding'] = contentEncoding;
  if (contentLanguage) headers['Content-Language'] = contentLanguage;
  return headers;
}
