import type { Readable } from 'node:stream';
import type { CapabilityType } from './capability.js';
import type { StorageErrorCode } from './error.js';
import type { DeleteResult, ListPage, ObjectContent, ObjectInfo } from './object.js';
import type {
  CopyOptions,
  DeleteOptions,
  GetOptions,
  HeadOptions,
  ListOptions,
  OperationOptions,
  PutOptions,
} from './options.js';
import type { TransferMemory } from './transfer-memory.js';

/** What a backend stores: bytes at hand, or a stream of bytes (never of strings or objects). */
export type Body = Uint8Array | Readable;

/** What an error of a backend's library means. */
export interface ErrorClass {
  readonly code: StorageErrorCode;
  readonly reason?: string | undefined;
  /** How long the service asks to be left alone, in milliseconds (Retry-After). */
  readonly retryAfterMs?: number | undefined;
}

/** What the storages of an application share. Where there is no application a backend has its own. */
export interface BackendResources {
  /** Where parts of uploads wait until they are stored. It is asked for when it is first needed, not at the start. */
  readonly transferMemory: TransferMemory;
}

/**
 * What a storage system has to implement. Applications use StorageService.
 *
 * Keys arrive checked and options checked and never undefined. Methods throw the errors of the
 * library beneath as they are, or a StorageError without context: `errorCode` says what they mean.
 * A put is visible all at once or not at all; a failed one leaves what was there before.
 * An operation ends soon after its `signal` aborts.
 */
export interface StorageBackend {
  /** Short name for logs and metrics: `s3`, `local`, `memory`. */
  readonly kind: string;
  /**
   * Which options that not every backend has it acts upon: `versionId`, and those of one provider (`s3`).
   * The others are refused with UNSUPPORTED before they reach it.
   */
  readonly accepts?: readonly string[] | undefined;
  /**
   * Where its objects are, for the log of an operator: `bucket "files" at https://…`. It tells no credentials. Two backends
   * of one kind and one place keep the same objects. Absent: there is nothing to say.
   */
  readonly place?: string | undefined;

  put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo>;
  get(key: string, options: GetOptions): Promise<ObjectContent>;
  head(key: string, options: HeadOptions): Promise<ObjectInfo>;
  /** Deleting a missing key succeeds, unless `ifMatch` is given. */
  delete(key: string, options: DeleteOptions): Promise<void>;
  /** One page, in the order of the keys' UTF-8 bytes. */
  list(options: ListOptions): Promise<ListPage>;
  /** Content, headers and metadata, all at once or not at all. `from` and `to` differ. */
  copy(from: string, to: string, options: CopyOptions): Promise<ObjectInfo>;

  errorCode(error: unknown): StorageErrorCode | ErrorClass;

  /** A faster way to delete up to 1,000 keys, with a result for each. Without it `delete` is called for each. */
  deleteMany?(keys: readonly string[], options: OperationOptions): Promise<readonly DeleteResult[]>;
  /** Why this backend cannot address an existing object by `key`. Without it the rules of a write hold. */
  keyProblem?(key: string): string | undefined;
  /**
   * Whether `other` keeps its objects in the same place, so that both know the same objects by the same keys, and a copy between
   * the two is a `copy` of this one. Without it only the very same backend is the same place.
   */
  isSamePlace?(other: StorageBackend): boolean;
  /** Of a backend around another one that does nothing but put `prefix` before each key. */
  readonly beneath?: { readonly backend: StorageBackend; readonly prefix: string } | undefined;
  /** The feature `type` of this backend, if it has it. */
  capability?<T extends object>(type: CapabilityType<T>): T | undefined;
  /** The client of the library beneath, by its class: it is given out as it is, past layers, and not in a scope. */
  client?<T extends object>(type: CapabilityType<T>): T | undefined;
  /** What to set so that this backend gets the feature `type`, where a setting is all that it lacks. It ends a message. */
  capabilityHint?(type: CapabilityType): string | undefined;
  /**
   * Opens what the backend needs on this machine, so that what cannot work ends the start of the application. Called at the
   * start, once for each storage; operations do without. Not for a service: an application starts while that is down.
   */
  open?(resources: BackendResources): Promise<void>;
  /** Releases what the backend holds. Called once, after the last operation. */
  close?(): Promise<void>;
}
