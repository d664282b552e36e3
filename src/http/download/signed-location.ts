import { UNKNOWN_TYPE } from '../../core/content-type.js';
import { isMediaType } from '../../core/media-type.js';
import type { ObjectInfo } from '../../core/object.js';
import type { StorageService } from '../../storage/storage.service.js';
import { objectHeaders } from './object-headers.js';
import type { RedirectOptions, ServeOptions } from './serve.options.js';

/** Seconds: enough to follow it. What has begun goes on, and what is to go on later comes here again. */
const DEFAULT_EXPIRY = 300;

/**
 * A URL by which the object can be read where it is kept, with the headers that it would have here, as far as the storage sends
 * them: type, disposition and Cache-Control. @throws what `signedUrl` throws.
 */
export async function signedLocation(
  storage: StorageService,
  key: string,
  info: ObjectInfo,
  options: ServeOptions,
  signal: AbortSignal,
): Promise<string> {
  const headers = objectHeaders(key, info, options);
  const { replace } = options;
  const { expiresIn = DEFAULT_EXPIRY, cacheable } = redirectOptions(options);
  const type = headers['Content-Type'] ?? UNKNOWN_TYPE;
  const { url } = await storage.signedUrl(key, {
    expiresIn,
    cacheable,
    // What is no media type cannot be signed, and no browser could make anything of it that is meant.
    responseContentType: isMediaType(type) ? type : UNKNOWN_TYPE,
    responseContentDisposition: headers['Content-Disposition'],
    responseCacheControl: headers['Cache-Control'],
    responseContentEncoding: replace?.contentEncoding,
    responseContentLanguage: replace?.contentLanguage,
    signal,
  });
  return url;
}

function redirectOptions({ redirect }: ServeOptions): RedirectOptions {
  return typeof redirect === 'object' ? redirect : {};
}
