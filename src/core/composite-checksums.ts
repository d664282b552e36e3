import { SCOPED, type ScopableCapability } from './capability.js';
import type { OperationOptions } from './options.js';

/** Which content is meant. */
export interface CompositeOf {
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  readonly versionId?: string | undefined;
}

/** The checksum of the checksums of an object's parts, one behind the other: all that some storages keep of it. */
export interface CompositeChecksum {
  /** As S3 names it, in lower case: `crc32`, `sha256` … */
  readonly algorithm: string;
  /** base64, without the number of parts. */
  readonly value: string;
  readonly parts: number;
  /** Bytes of the first part. The others have mostly as many, but for the last one. */
  readonly partSize: number;
}

/** What a backend has to implement for it. */
export interface CompositeStore {
  composite(key: string, of: CompositeOf, options: OperationOptions): Promise<CompositeChecksum | undefined>;
  partSizes(
    key: string,
    of: CompositeOf,
    parts: number,
    options: OperationOptions,
  ): Promise<readonly number[] | undefined>;
}

/**
 * What is kept of objects that were uploaded in parts and have no checksum of the whole. Downloads verify by it.
 * @internal
 */
export class CompositeChecksums implements ScopableCapability<CompositeChecksums> {
  static readonly reads = ['find', 'partSizes'] as const;

  constructor(
    private readonly store: CompositeStore,
    private readonly prefix = '',
  ) {}

  /** That of the object, when the storage has one. @throws StorageError PRECONDITION_FAILED when it is another object by now. */
  find(key: string, of: CompositeOf, options?: OperationOptions): Promise<CompositeChecksum | undefined> {
    return this.store.composite(this.prefix + key, of, options ?? {});
  }

  /** The bytes of each part; undefined when they are not told. It costs a request for each. */
  partSizes(
    key: string,
    of: CompositeOf,
    parts: number,
    options?: OperationOptions,
  ): Promise<readonly number[] | undefined> {
    return this.store.partSizes(this.prefix + key, of, parts, options ?? {});
  }

  [SCOPED](prefix: string): CompositeChecksums {
    return new CompositeChecksums(this.store, this.prefix + prefix);
  }
}
