import type { HttpRequest } from './http-request.js';
import type { StorageHttpOperation } from './storage-operations.js';

/** A request that has to be decided, before its body is read. */
export interface StorageAccessRequest {
  readonly request: HttpRequest;
  /** What the option `principal` gave. */
  readonly principal: unknown;
  readonly operation: StorageHttpOperation;
  /** The name of the storage. */
  readonly storage: string;
  /** The key as the request gives it, checked: of `get` and `delete`. */
  readonly key?: string | undefined;
  /** The prefix that is to be listed: of `list`. */
  readonly prefix?: string | undefined;
}

/**
 * True allows; `{ scope }` allows within `storage.scoped(scope)`, to which all keys are relative then.
 * Anything else refuses with 403.
 */
export type StorageDecision = boolean | { readonly scope: string };

/** Decides a request. It may throw an HttpException of its own. */
export type StorageAuthorize = (access: StorageAccessRequest) => StorageDecision | Promise<StorageDecision>;

/** A provider that decides requests. */
export interface StorageAuthorizer {
  authorize: StorageAuthorize;
}
