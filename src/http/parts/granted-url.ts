import { StorageError } from '../../core/error.js';
import { rawPath, type HttpRequest } from '../message/http-request.js';
import type { StorageAccess } from '../access/storage-access.js';
import type { ServedStorages } from '../served-storages.js';
import { GRANT_SECONDS, type FormGrant, type PartsGrant } from './grants.js';

const ROUTE = /\/[^/]+\/direct\/(?:sign|s3\/params|s3\/multipart(?:\/.*)?)\/?$/i;

/**
 * The URL at which this server itself takes one request of an upload, by nothing but that URL: below `baseUrl`, else a path.
 * @throws StorageError INVALID_ARGUMENT for a principal that JSON does not keep (reason `config`), and as `Grants.seal`.
 */
export function grantedUrl(
  request: HttpRequest,
  { served, scope, principal }: StorageAccess,
  grant:
    | Pick<PartsGrant, 'action' | 'ticket' | 'number' | 'size'>
    | Pick<FormGrant, 'action' | 'ticket' | 'sealed'>,
  { grants, options: { baseUrl = '' } }: ServedStorages,
): string {
  const expires = Math.floor(Date.now() / 1000) + GRANT_SECONDS;
  // Only for `onStored`.
  const who = grant.action === 'complete' ? { principal: plain(principal) } : {};
  const sealed = grants.seal({ ...grant, ...who, storage: served.name, scope, expires });
  const prefix = rawPath(request).replace(ROUTE, '');
  return `${baseUrl.replace(/\/+$/, '')}${prefix}/${served.name}/direct/granted?grant=${sealed}`;
}

/** As JSON keeps it. */
function plain(principal: unknown): unknown {
  try {
    JSON.stringify(principal);
    return principal;
  } catch (cause) {
    throw new StorageError('INVALID_ARGUMENT', 'The principal is none that JSON keeps', {
      reason: 'config',
      cause,
    });
  }
}
