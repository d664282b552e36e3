import type { Readable } from 'node:stream';
import type { Rereadable } from '../../core/rereadable.js';
import type { S3Answer, S3CallOptions, S3ObjectCall } from './call.js';
import type { S3UploadCalls } from './upload-calls.js';

export type { S3Answer, S3CallOptions, S3Headers, S3ObjectCall } from './call.js';

/** What a GET asks for. */
export interface S3GetCall extends S3ObjectCall {
  /** Whether it is the rest of a body that broke off: each byte that comes of it counts, however small it is. */
  readonly rest?: boolean | undefined;
}

/** What a PUT sends. */
export interface S3PutCall extends S3ObjectCall {
  /** What can be read again is read while it is sent, and never held as a whole. */
  readonly body: Uint8Array | Rereadable;
  /** Whether the same request may be sent twice: its effect is the same, or it is recognised afterwards. */
  readonly repeatable: boolean;
}

/** An answer whose content is still to be read. */
export interface S3ContentAnswer extends S3Answer {
  /**
   * Read it or destroy it: until then it may hold a connection. It fails with a StorageError when it has another length
   * than was told, or of at most SMALL_BODY bytes another checksum (INTEGRITY), breaks off (UNAVAILABLE), or when nothing
   * comes although it is read (TIMEOUT).
   */
  readonly body: Readable;
}

/** One page of a bucket, asked for. */
export interface S3ListCall extends S3CallOptions {
  readonly prefix: string;
  readonly delimiter?: string | undefined;
  /** Of the page before: a continuation token, or with version 1 a marker. */
  readonly token?: string | undefined;
  /** Where the first page begins, behind this key. */
  readonly startAfter?: string | undefined;
  readonly maxKeys: number;
}

/** One object of a page. */
export interface S3ListedObject {
  readonly key: string;
  readonly size: number;
  readonly lastModified: Date;
  /** Without quotes. */
  readonly etag: string;
}

/** One page of a bucket. */
export interface S3ListAnswer {
  readonly objects: readonly S3ListedObject[];
  readonly prefixes: readonly string[];
  /** Absent on the last page. */
  readonly token?: string | undefined;
}

/** What became of one key of a DeleteObjects. */
export interface S3DeletedKey {
  readonly key: string;
  /** The code of S3 when it failed. */
  readonly code?: string | undefined;
  readonly message?: string | undefined;
}

/** What a CopyObject answers. */
export interface S3CopyAnswer extends S3Answer {
  /** Without quotes. */
  readonly etag: string;
  readonly lastModified: Date | undefined;
}

/**
 * The requests that S3Backend makes of its bucket, at the level of the protocol: nothing here knows storages.
 * Two things implement it: `wire/` sends them itself, `sdk/` has the SDK send them.
 *
 * Each rejects with S3ResponseError when the server refused, with S3RequestError when there was no whole answer,
 * and with the StorageError of the signal when that aborts, or of a body that cannot be read.
 */
export interface S3Calls {
  /** Those of uploads in parts. */
  readonly uploads: S3UploadCalls;
  put(call: S3PutCall): Promise<S3Answer>;
  get(call: S3GetCall): Promise<S3ContentAnswer>;
  head(call: S3ObjectCall): Promise<S3Answer>;
  /** With `if-match` among the headers it is not sent twice. */
  delete(call: S3ObjectCall): Promise<S3Answer>;
  deleteMany(keys: readonly string[], options: S3CallOptions): Promise<readonly S3DeletedKey[]>;
  list(call: S3ListCall): Promise<S3ListAnswer>;
  /** `call.key` is the destination. With `if-none-match` among the headers it is not sent twice. */
  copy(from: string, call: S3ObjectCall): Promise<S3CopyAnswer>;
  /** Whether the bucket is there: HeadBucket. @throws S3ResponseError with the status 404 when it is not. */
  headBucket(options: S3CallOptions): Promise<S3Answer>;
  /** Closes connections. */
  close(): void;
}
