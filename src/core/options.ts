import type { ContentHeaders } from './object.js';
import type { ProgressListener } from './progress.js';

/** What every operation takes. */
export interface OperationOptions {
  /** Ends the operation with ABORTED (or with the StorageError that is its reason) and leaves nothing behind. */
  readonly signal?: AbortSignal | undefined;
}

/** A part of an object: from `start` to `end` (inclusive; absent: to the last byte), or its last `suffix` bytes. */
export type ByteRange =
  | { readonly start: number; readonly end?: number | undefined; readonly suffix?: undefined }
  | { readonly suffix: number; readonly start?: undefined; readonly end?: undefined };

/** How an object is stored, and on which condition. */
export interface PutOptions extends OperationOptions, ContentHeaders {
  /** User metadata. Names are HTTP tokens, kept in lower case; at most 2,048 bytes in all. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Fail with ALREADY_EXISTS when the key is taken. */
  readonly ifAbsent?: boolean | undefined;
  /** Replace only the object with this ETag (`*`: any): else PRECONDITION_FAILED, or NOT_FOUND when there is none. */
  readonly ifMatch?: string | undefined;
  /** The bytes that the body must have: else INVALID_ARGUMENT and nothing is stored. */
  readonly size?: number | undefined;
  /**
   * Bytes of a part, where the backend uploads in parts: as near to it as the backend takes, and larger where the object
   * would have too many. A hint, as `concurrency`. Default: that of the backend, 8 MiB.
   */
  readonly partSize?: number | undefined;
  /** Parts at once, where the backend uploads in parts; 1 to 1,000. Default: that of the backend, 4. */
  readonly concurrency?: number | undefined;
  /** Hears how far the put is: as often as the backend can tell, and once when it has ended, whatever the backend. */
  readonly onProgress?: ProgressListener | undefined;
}

/** Which object is asked for. */
export interface HeadOptions extends OperationOptions {
  readonly versionId?: string | undefined;
}

/** What of an object is read, and on which condition. */
export interface GetOptions extends HeadOptions {
  readonly range?: ByteRange | undefined;
  /** PRECONDITION_FAILED unless the object has this ETag (`*`: any). */
  readonly ifMatch?: string | undefined;
  /** NOT_MODIFIED when the object has this ETag (`*`: any). */
  readonly ifNoneMatch?: string | undefined;
}

/** On which condition an object is deleted. */
export interface DeleteOptions extends OperationOptions {
  /** Delete only the object with this ETag (`*`: any): else PRECONDITION_FAILED, or NOT_FOUND when there is none. */
  readonly ifMatch?: string | undefined;
  readonly versionId?: string | undefined;
}

/** On which condition an object is copied. */
export interface CopyOptions extends OperationOptions {
  /** Copy only while the source has this ETag: else PRECONDITION_FAILED. */
  readonly ifMatch?: string | undefined;
  /** Fail with ALREADY_EXISTS when the destination is taken. */
  readonly ifAbsent?: boolean | undefined;
  /**
   * Headers and user metadata of the copy in place of all those of the source: what is left out, the copy has not, and a missing
   * `contentType` is guessed from the key's extension. Default: those of the source.
   */
  readonly replace?: (ContentHeaders & Pick<PutOptions, 'metadata'>) | undefined;
}

/** Which keys are listed. */
export interface ListOptions extends OperationOptions {
  readonly prefix: string;
  /** `/` groups what lies deeper into `prefixes`. */
  readonly delimiter?: '/' | undefined;
  readonly cursor?: string | undefined;
  /** Objects and prefixes of a page together, 1 to 1,000. */
  readonly limit: number;
}
