import type { SignMethod } from '../../core/signed-url.js';
import type { HttpRequest } from '../message/http-request.js';
import type { StorageHttpOperation } from './storage-operations.js';

/** What is said of a file that nobody has seen yet. */
export interface DeclaredFile {
  /** Cleaned. No part of a key. */
  readonly name: string;
  /** The media type. */
  readonly contentType: string;
  /** Bytes. Absent: they are not known yet. */
  readonly size?: number | undefined;
}

/** A request that has to be decided, before its body is read (but for the small JSON of `presign` and `direct`). */
export interface StorageAccessRequest {
  readonly request: HttpRequest;
  /** What the option `principal` gave. */
  readonly principal: unknown;
  readonly operation: StorageHttpOperation;
  /** The name of the storage. */
  readonly storage: string;
  /** Of `presign`: what the URL is for. GET and HEAD read, PUT and POST store, DELETE deletes. */
  readonly method?: SignMethod | undefined;
  /**
   * The key as the request gives it, checked: of `get`, `delete` and `presign`, there unless it asks for a new one; of `direct` when it
   * is confirmed.
   */
  readonly key?: string | undefined;
  /** What its sender declares of a file that goes past this server: of `direct`. */
  readonly file?: DeclaredFile | undefined;
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
