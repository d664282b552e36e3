import type { ServerResponse } from 'node:http';
import type { StorageService } from '../../storage/storage.service.js';
import type { HttpRequest } from '../message/http-request.js';
import type { OwnerOf } from '../pending/owner-of.js';
import type { PendingArea } from '../pending/pending-area.js';
import type { ResolvedRules } from '../upload/resolve-rules.js';

/** A storage that takes tus uploads, and by which rules. */
export interface TusStorage {
  readonly name: string;
  readonly storage: StorageService;
  readonly options: ResolvedRules;
  /** Where it keeps what is not admitted yet. */
  readonly pending?: PendingArea | undefined;
}

/** What a request was allowed. */
export interface TusAccess {
  /** Confined to `scope`. */
  readonly storage: StorageService;
  /** Without a slash at its end; empty: the whole storage. */
  readonly scope: string;
  readonly principal: unknown;
}

/** One request of the tus protocol. */
export interface TusExchange {
  readonly request: HttpRequest;
  readonly response: ServerResponse;
  /** The same object that `serve` was told of. */
  readonly served: TusStorage;
  /** Absent: of OPTIONS, which tells of no upload. */
  readonly access?: TusAccess | undefined;
  /** Of the upload, as the path has it. Absent: there is none yet. */
  readonly id?: string | undefined;
  /** What `ownerOf` takes: the option `owner`. */
  readonly owner?: OwnerOf | undefined;
  /** What stands before the paths of objects: the option `baseUrl`. */
  readonly baseUrl?: string | undefined;
}

/** What TusModule of `nestjs-stowage/tus` gives to the tus routes of StorageHttpModule. */
export interface TusHandling {
  /** Told of each storage that enables tus, when the application starts. @throws StorageError UNSUPPORTED where it takes no parts. */
  serve(served: TusStorage): void;
  /** Answers a request. @throws what is to be answered as an error. */
  handle(exchange: TusExchange): Promise<void>;
}

/** The token of the TusHandling of an application. */
export const TUS_HANDLING: unique symbol = Symbol.for('nestjs-stowage:tus-handling');
