import { rawPath, type HttpRequest } from './http-request.js';
import { encodeKey } from './key-from-request.js';

/**
 * Where the object `key` of a storage is served: an absolute path, or a URL below `base`. It is taken from
 * the path of the upload, whose route is `route`, so that it has every prefix that the application gave its routes.
 */
export function objectUrl(
  request: HttpRequest,
  storage: string,
  key: string,
  base = '',
  route: 'upload' | 'direct/confirm' | 'direct/granted' | 'direct/s3/multipart/.*' = 'upload',
): string {
  const prefix = rawPath(request).replace(new RegExp(`/[^/]+/${route}/?$`, 'i'), '');
  return `${base.replace(/\/+$/, '')}${prefix}/${storage}/objects/${encodeKey(key)}`;
}
