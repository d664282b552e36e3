import type { Checksum, ObjectInfo } from './object.js';
import type { OperationOptions, PutOptions } from './options.js';
import type { Rereadable } from './rereadable.js';

/** What a backend takes of an object that is uploaded in parts. */
export interface PartLimits {
  /** Bytes of the smallest part; the last one may be smaller. */
  readonly minPart: number;
  /** Bytes of the largest part. */
  readonly maxPart: number;
  /** Parts are numbered from 1 to this. */
  readonly maxParts: number;
  /** Bytes of the largest object. */
  readonly maxObject: number;
  /** Whether all parts but the last have to be of one size. */
  readonly equalParts: boolean;
}

/** One part that is stored. */
export interface UploadedPart {
  /** From 1. */
  readonly number: number;
  /** Bytes. */
  readonly size: number;
  /** Without quotes. Opaque, as that of an object. */
  readonly etag: string;
  /** Of the part, where it was sent or is kept. */
  readonly checksum?: Checksum | undefined;
}

/** An upload that was begun. */
export interface BegunUpload {
  readonly key: string;
  /** As the backend names it; opaque. */
  readonly uploadId: string;
  /** Give it to `complete`: by it the object that comes of this upload is known, when an answer is lost. */
  readonly token?: string | undefined;
}

/** An upload that was begun, and neither completed nor aborted. */
export interface PendingUpload {
  readonly key: string;
  readonly uploadId: string;
  readonly initiated: Date;
}

/** How the object will be stored. It is visible when the upload is completed. */
export type BeginUploadOptions = Omit<
  PutOptions,
  'size' | 'ifAbsent' | 'ifMatch' | 'partSize' | 'concurrency' | 'onProgress'
> & {
  /**
   * Whether clients send the parts by URLs of `Presigning.signPart`: then the upload does not ask for a checksum of each, which
   * they would not send. A backend that signs no parts takes no notice. Default: false.
   */
  readonly signedParts?: boolean | undefined;
};

/** On which condition an upload becomes the object. */
export interface UploadConditions extends OperationOptions {
  /** Fail with ALREADY_EXISTS when the key is taken. */
  readonly ifAbsent?: boolean | undefined;
  /** Replace only the object with this ETag (`*`: any): else PRECONDITION_FAILED, or NOT_FOUND when there is none. */
  readonly ifMatch?: string | undefined;
}

/** How an upload becomes the object. */
export interface CompleteUploadOptions extends UploadConditions {
  /** What `begin` gave. Without it a lost answer may be OUTCOME_UNKNOWN. */
  readonly token?: string | undefined;
}

/** Which parts are asked for. */
export interface ListPartsOptions extends OperationOptions {
  /** Those behind this number. Default: 0, all. */
  readonly after?: number | undefined;
}

/** Parts in the order of their numbers. */
export interface PartsPage {
  readonly parts: readonly UploadedPart[];
  /** Give it to the next call as `after`. Absent on the last page. */
  readonly next?: number | undefined;
}

/** Which uploads are asked for. */
export interface ListUploadsOptions extends OperationOptions {
  /** Those whose keys begin with it. Default: '', all. */
  readonly prefix?: string | undefined;
  /** What the page before gave. */
  readonly cursor?: string | undefined;
}

/** Uploads, in no promised order. */
export interface UploadsPage {
  readonly uploads: readonly PendingUpload[];
  /** Absent on the last page. */
  readonly cursor?: string | undefined;
}

/**
 * What a backend implements so that it has `MultipartUploads`, and what the transfer engine works on. Keys arrive checked.
 * A part is sent again by the backend itself, as long as that is worth it. An upload that does not exist (any more) is
 * NOT_FOUND, reason `upload`.
 */
export interface PartStore {
  readonly partLimits: PartLimits;
  /** Options of `begin` that only this backend acts upon, as `StorageBackend.accepts`. */
  readonly accepts?: readonly string[] | undefined;
  /** Why no upload can have this key, as `StorageBackend.keyProblem`. */
  keyProblem?(key: string): string | undefined;
  /**
   * Fails with UNSUPPORTED when `complete` would refuse these conditions as ones that the backend cannot hold to: before
   * anything is sent. Without it the backend holds to all of them.
   */
  checkConditions?(key: string, options: UploadConditions): Promise<void>;
  begin(key: string, options: BeginUploadOptions): Promise<BegunUpload>;
  /** Stores a part; one that is there under the same number is replaced. The bytes stay the caller's and must not change meanwhile. */
  putPart(
    key: string,
    uploadId: string,
    number: number,
    bytes: Uint8Array | Rereadable,
    options: OperationOptions,
  ): Promise<UploadedPart>;
  listParts(key: string, uploadId: string, options: ListPartsOptions): Promise<PartsPage>;
  /** `parts` in the order of their numbers. The upload is gone when it succeeds, and there still when a condition fails. */
  complete(
    key: string,
    uploadId: string,
    parts: readonly UploadedPart[],
    options: CompleteUploadOptions,
  ): Promise<ObjectInfo>;
  /** Removes the upload and all its parts, those too that are still on their way. One that is not there is no error. */
  abort(key: string, uploadId: string, options: OperationOptions): Promise<void>;
  listUploads(options: ListUploadsOptions): Promise<UploadsPage>;
}
