import type { ObjectInfo } from '../../core/object.js';
import type { OperationOptions } from '../../core/options.js';

/** Which object is copied to another storage, and on which condition. */
export interface CopyToOptions extends OperationOptions {
  /** Copy this version of the source. */
  readonly versionId?: string | undefined;
  /** Copy only while the source has this ETag: else PRECONDITION_FAILED. */
  readonly ifMatch?: string | undefined;
  /** Fail with ALREADY_EXISTS when the key is taken at the target. */
  readonly ifAbsent?: boolean | undefined;
  /** Replace only the object with this ETag (`*`: any) at the target: else PRECONDITION_FAILED, or NOT_FOUND when there is none. */
  readonly targetIfMatch?: string | undefined;
}

/** Which object is moved to another storage, and on which condition. */
export type MoveToOptions = Omit<CopyToOptions, 'versionId'>;

/** An object that was copied to another storage, and how far that is proven. */
export interface CopyToResult {
  /** The copy. */
  readonly info: ObjectInfo;
  /** What was copied. */
  readonly source: ObjectInfo;
  /** Whether the storage copied by itself, because both are the same place: then no byte passed through this process. */
  readonly serverSide: boolean;
  /**
   * What the bytes that passed were compared by with what source and target tell of them: the name of a checksum (`crc32`,
   * `sha256` …), or `size` where no checksum is told that could be computed. Of a copy by the storage itself, what the two objects
   * were compared by, which may also be their `etag`.
   */
  readonly verified: { readonly source: string; readonly target: string };
}
