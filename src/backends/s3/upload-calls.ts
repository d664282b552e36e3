import type { Rereadable } from '../../core/rereadable.js';
import type { S3Answer, S3CallOptions, S3ObjectCall } from './call.js';

/** One upload in parts. */
export interface S3UploadCall extends S3CallOptions {
  readonly key: string;
  readonly uploadId: string;
}

/** What a part has. */
export interface S3PutPartCall extends S3UploadCall, Pick<S3ObjectCall, 'headers'> {
  /** From 1. */
  readonly number: number;
  readonly body: Uint8Array | Rereadable;
}

/** A part that is copied by the server. */
export interface S3CopyPartCall extends S3UploadCall, Pick<S3ObjectCall, 'headers'> {
  /** From 1. */
  readonly number: number;
  /** The key whose bytes they are. */
  readonly from: string;
  readonly fromVersion?: string | undefined;
  /** First and last byte, both inclusive. Absent: the whole object. */
  readonly range?: { readonly start: number; readonly end: number } | undefined;
}

/** Checksums of S3 by their names in lower case, base64: `crc32` … Those of parts, joined (`…-3`), are among them. */
export type S3Checksums = Readonly<Record<string, string>>;

/** What the copy of a part answers. */
export interface S3CopiedPart extends S3Answer {
  /** Without quotes. */
  readonly etag: string;
  readonly checksums: S3Checksums;
}

/** Which parts are asked for. */
export interface S3ListPartsCall extends S3UploadCall {
  /** Those behind this number. */
  readonly after: number;
}

/** One part of a page. */
export interface S3ListedPart {
  readonly number: number;
  /** Bytes. */
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksums: S3Checksums;
}

/** Parts in the order of their numbers. */
export interface S3PartsAnswer {
  readonly parts: readonly S3ListedPart[];
  /** Behind which the next page begins; absent on the last one. */
  readonly next?: number | undefined;
}

/** One part of an object that is completed. */
export interface S3CompletedPart {
  readonly number: number;
  /** Without quotes. */
  readonly etag: string;
  /** Where the server is to compare it. */
  readonly crc32?: string | undefined;
  readonly sha256?: string | undefined;
}

/** What makes an object of its parts. */
export interface S3CompleteCall extends S3UploadCall, Pick<S3ObjectCall, 'headers'> {
  readonly parts: readonly S3CompletedPart[];
}

/** What a CompleteMultipartUpload answers. */
export interface S3CompletedAnswer extends S3Answer {
  /** Without quotes; empty where the server tells none. */
  readonly etag: string;
  readonly checksums: S3Checksums;
  /** `FULL_OBJECT` or `COMPOSITE`, where it is told. */
  readonly checksumType?: string | undefined;
}

/** Where a page of uploads ended. */
export interface S3UploadMarker {
  readonly key: string;
  readonly uploadId: string;
}

/** Which uploads are asked for. */
export interface S3ListUploadsCall extends S3CallOptions {
  readonly prefix: string;
  readonly after?: S3UploadMarker | undefined;
}

/** One upload that was begun. */
export interface S3ListedUpload extends S3UploadMarker {
  readonly initiated: Date;
}

/** A page of uploads. */
export interface S3UploadsAnswer {
  readonly uploads: readonly S3ListedUpload[];
  /** Absent on the last page. */
  readonly next?: S3UploadMarker | undefined;
}

/**
 * The requests of uploads in parts, as `S3Calls` has those of objects. What one of them did shows in no object until the
 * upload is completed, so none but `complete` ever ends with an unknown outcome.
 */
export interface S3UploadCalls {
  /** CreateMultipartUpload. When its answer is lost it is sent again, and an upload without parts stays. */
  create(call: S3ObjectCall): Promise<{ readonly uploadId: string }>;
  /** UploadPart. It is sent once, and again only where the fault was ours: a stale connection, a wrong clock or region. */
  putPart(call: S3PutPartCall): Promise<S3Answer>;
  /** UploadPartCopy, from the same bucket. It is sent again as any copy. */
  copyPart(call: S3CopyPartCall): Promise<S3CopiedPart>;
  listParts(call: S3ListPartsCall): Promise<S3PartsAnswer>;
  /** CompleteMultipartUpload. It is not sent again when it may have had its effect, nor after a conflict. */
  complete(call: S3CompleteCall): Promise<S3CompletedAnswer>;
  /** AbortMultipartUpload. */
  abort(call: S3UploadCall): Promise<S3Answer>;
  /** ListMultipartUploads. */
  list(call: S3ListUploadsCall): Promise<S3UploadsAnswer>;
}
