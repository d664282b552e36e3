import type { Readable } from 'node:stream';

/** A checksum of the whole object. */
export interface Checksum {
  /** As S3 names it, in lower case: `crc32`, `sha256` … */
  readonly algorithm: string;
  /** base64 of the big-endian bytes, as in `x-amz-checksum-crc32`. */
  readonly value: string;
}

/** The headers that are kept with an object and sent when it is served. */
export interface ContentHeaders {
  readonly contentType?: string | undefined;
  readonly cacheControl?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentLanguage?: string | undefined;
}

/** What is known of an object without reading it. A list gives `key`, `size`, `lastModified` and `etag`. */
export interface ObjectInfo extends ContentHeaders {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly lastModified: Date;
  /** Without quotes. Opaque: new content has a new one; it is no hash to rely on. */
  readonly etag: string;
  readonly checksum?: Checksum | undefined;
  /** Names in lower case. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly versionId?: string | undefined;
}

/** The bytes that a partial read gave, both ends inclusive, as in `Content-Range`. */
export interface ContentRange {
  readonly start: number;
  readonly end: number;
}

/** An object and its bytes, or a part of them. */
export interface ObjectContent {
  /** Of the whole object, also when a range was read. */
  readonly info: ObjectInfo;
  /** Fails with a StorageError; destroying it releases what it holds. */
  readonly body: Readable;
  /** Present when a range was asked for. */
  readonly range?: ContentRange | undefined;
}

/** A part of a listing, in the order of the keys' UTF-8 bytes. */
export interface ListPage {
  readonly objects: readonly ObjectInfo[];
  /** With a delimiter: the common prefixes, each ending in it. */
  readonly prefixes: readonly string[];
  /** Give it to the next call, with the same prefix and delimiter. Absent on the last page. */
  readonly cursor?: string | undefined;
}

/** What became of one key of a batch. */
export interface DeleteResult<E = unknown> {
  readonly key: string;
  /** Absent when the key is gone. */
  readonly error?: E | undefined;
}
