/** A checksum of a body that a request carries in a header. */
export type S3ChecksumName = 'crc32' | 'sha256' | 'md5';

/**
 * Whether a server honours a condition. With `false` it ignores it, so the call is refused with UNSUPPORTED.
 * `prove`: nobody knows, so it has to be proven on the server once, before it is relied on.
 */
export type S3Condition = boolean | 'prove';

/** The conditions that not every server honours. */
export type S3ConditionName =
  | 'putIfAbsent'
  | 'putIfMatch'
  | 'deleteIfMatch'
  | 'copySourceIfMatch'
  | 'copyIfAbsent'
  | 'completeIfAbsent'
  | 'completeIfMatch';

/** How one provider, or one server that speaks S3, differs from the others: data alone. */
export interface ProviderProfile {
  /** As S3_PROFILE names it. */
  readonly name: string;
  /** As people know it. */
  readonly title: string;
  /** Hosts that are surely this provider's, by the end of the host name: `.amazonaws.com`. Empty: by name only. */
  readonly hosts: readonly string[];
  /** Where the bucket stands when nobody says it. */
  readonly addressing: 'virtual-host' | 'path';
  /** Which ListObjects. */
  readonly listVersion: 1 | 2;
  /** Whether keys of a list are asked for URL-encoded, so that XML can carry them all. They are decoded when the answer says so. */
  readonly encodingType: boolean;
  /** What a PUT sends unless told otherwise: a checksum that the server refuses when it is wrong, where there is one. */
  readonly checksum: S3ChecksumName | 'none';
  /** Which of them it refuses when they are wrong. */
  readonly checksums: readonly S3ChecksumName[];
  /** Whether it keeps a checksum that was sent and gives it back (`x-amz-checksum-mode`). */
  readonly keepsChecksum: boolean;
  /** How the body of a DeleteObjects is protected; `single`: there is none, keys are deleted one by one. */
  readonly deleteMany: 'crc32' | 'md5' | 'single';
  /** PutObject with If-None-Match: `*`. */
  readonly putIfAbsent: S3Condition;
  /** PutObject with If-Match: `unquoted` wants the ETag without its quotes. */
  readonly putIfMatch: S3Condition | 'unquoted';
  /** DeleteObject with If-Match. */
  readonly deleteIfMatch: S3Condition;
  /** CopyObject with x-amz-copy-source-if-match. */
  readonly copySourceIfMatch: S3Condition;
  /** CopyObject with If-None-Match: `*`. */
  readonly copyIfAbsent: S3Condition;
  /** Browser uploads by a POST form. */
  readonly postPolicy: boolean;
  /** Whether its buckets have rules for pages of other origins: PutBucketCors. Default: true. */
  readonly corsRules?: boolean;
  /**
   * Which existing keys it addresses without giving two of them one name: `any`, or `segments` when empty, `.` and `..`
   * segments are cleaned away, so that one object would be taken for another.
   */
  readonly keys: 'any' | 'segments';
  /** Whether it lists a prefix with a segment that is `.` or `..`, as the last of `.htaccess` may be, or empty. Default: true. */
  readonly listsDots?: boolean;
  /** Whether a delete of a version deletes that one and no other. Where it does not, the version is looked for before. Default: false. */
  readonly deletesVersions?: boolean;
  /** Whether a `_` in the name of metadata comes back as it was. */
  readonly metadataUnderscore: boolean;
  /** Bytes of the largest object that one PUT takes. */
  readonly maxPut: number;
  /** Bytes of the smallest part of an upload; the last one may be smaller. */
  readonly minPart: number;
  /** Bytes of the largest part. */
  readonly maxPart: number;
  /** Parts of one upload. */
  readonly maxParts: number;
  /** Whether all parts but the last have to be of one size. */
  readonly equalParts: boolean;
  /** Bytes of the largest object. */
  readonly maxObject: number;
  /** Bytes of the largest object that one CopyObject takes. */
  readonly maxCopy: number;
  /** Whether the server copies parts: UploadPartCopy. Where not, what is larger than `maxCopy` passes through this process. */
  readonly multipartCopy: boolean;
  /** CompleteMultipartUpload with If-None-Match: `*`. */
  readonly completeIfAbsent: S3Condition;
  /** CompleteMultipartUpload with If-Match. */
  readonly completeIfMatch: S3Condition;
  /** Whether the checksum of a part is compared when it is stored, comes back, and is compared again by CompleteMultipartUpload. */
  readonly partChecksum: boolean;
  /** Whether CompleteMultipartUpload compares the CRC-32 of the whole object, and keeps it. */
  readonly fullObjectChecksum: boolean;
  /**
   * Whether CompleteMultipartUpload of an upload that is not there is 404, whatever object there is. Where it is not, the
   * upload is looked for before.
   */
  readonly refusesNoUpload: boolean;
  /** Whether a list of uploads says that its keys are encoded, where they are. Default: true. */
  readonly tellsUploadEncoding?: boolean;
  /** Which prefix ListMultipartUploads takes: any, or nothing but a whole key. */
  readonly listUploadsByPrefix: 'any' | 'exact-key';
  /** What each field rests on: an address, or what was measured, when and on which version. */
  readonly sources: Readonly<Record<string, string>>;
}
