import type { StorageService } from '../../storage/storage.service.js';
import type { HttpRequest } from '../message/http-request.js';
import type { StoredContext } from '../upload/on-stored.js';
import type { ResolvedRules } from '../upload/resolve-rules.js';
import type { PendingArea } from './pending-area.js';
import type { Ticket } from './ticket.js';

/** An object below the pending prefix, and what it may become. */
export interface StoredUpload {
  readonly area: PendingArea;
  /** The storage that is served, as a whole. */
  readonly root: StorageService;
  /** The same in the scope of the request. */
  readonly storage: StorageService;
  /** That scope, without a slash at its end; empty: none. */
  readonly scope: string;
  /** The key of the object in `root`. */
  readonly pending: string;
  /** As it was opened for this request. */
  readonly ticket: Ticket;
  /** What its object is known by, which only this server can tell before there is one: the first is written, all are taken. */
  readonly marks: readonly [string, ...string[]];
  /** The ETag that the client was told when it had sent the content. Default: any. */
  readonly etag?: string | undefined;
  readonly rules: ResolvedRules;
  readonly request: HttpRequest;
  readonly principal: unknown;
  readonly via: StoredContext['via'];
}
