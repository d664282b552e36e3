/** A record as a store gives it. */
export interface StoredTransfer {
  readonly bytes: Uint8Array;
  /** Another one after each `put`; opaque. */
  readonly version: string;
}

/** One of the records of a store. */
export interface ListedTransfer extends StoredTransfer {
  readonly id: string;
}

/**
 * Where the records of resumable transfers are kept: small, one for each transfer, read again by another process after a
 * crash. What makes two processes at one transfer safe is `put`: of two that replace the same version, one succeeds.
 *
 * `DirectoryTransferStore` keeps them in a directory. In a database a record is a row, and `put` one UPDATE with the
 * version in its WHERE. Records name keys and metadata: keep them as private as the objects.
 */
export interface TransferStore {
  /** The record `id`; undefined where there is none. */
  get(id: string): Promise<StoredTransfer | undefined>;
  /**
   * Stores a record, so that it survives a crash, and gives its version.
   * @param expected The version that it replaces; undefined: there must be none.
   * @throws StorageError CONFLICT, reason `version`, when it is another one, or there is none (any more).
   */
  put(id: string, bytes: Uint8Array, expected: string | undefined): Promise<string>;
  /** Removes a record, whatever its version; one that is not there is no error. */
  delete(id: string): Promise<void>;
  /** The ids of all records, in no promised order. */
  list(): Promise<readonly string[]>;
  /** All records, in no promised order: where that costs less than a `get` for each of `list`. */
  all?(): AsyncIterable<ListedTransfer>;
  /** Removes what crashes have left that is no record, where there can be such; gives how much. */
  tidy?(): Promise<number>;
}
