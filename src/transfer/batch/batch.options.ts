import type { BodyInput } from '../../core/body.js';
import type { StorageError } from '../../core/error.js';
import type { ObjectInfo } from '../../core/object.js';
import type { CopyOptions, OperationOptions, PutOptions } from '../../core/options.js';

/** How far a batch is. */
export interface BatchProgress {
  /** Items that have succeeded. */
  readonly done: number;
  readonly failed: number;
  /** All items, where they were given as an array. */
  readonly total: number | undefined;
  /** Bytes of the objects that have succeeded. */
  readonly bytes: number;
}

/** How a batch runs. */
export interface BatchOptions extends OperationOptions {
  /** Items that are worked on at once. Default: 8. */
  readonly concurrency?: number | undefined;
  /** Begin no further item once one has failed. Default: false. */
  readonly stopOnError?: boolean | undefined;
  /** Called after each item. What it throws ends the batch. */
  readonly onProgress?: ((progress: BatchProgress) => void) | undefined;
}

/** What became of one item: `info` when it succeeded, else `error`. */
export type BatchResult =
  | { readonly key: string; readonly info: ObjectInfo; readonly error?: undefined }
  | { readonly key: string; readonly info?: undefined; readonly error: StorageError };

/** One object of a `putMany`. */
export interface PutItem extends Omit<PutOptions, 'signal'> {
  readonly key: string;
  readonly body: BodyInput;
}

/** One object of a `copyMany`. Its result has the key `to`. */
export interface CopyItem extends Omit<CopyOptions, 'signal'> {
  readonly from: string;
  readonly to: string;
}

/** How many objects are read at once, and how large. */
export interface GetManyOptions extends BatchOptions {
  /** Bytes of the largest object that is read; a larger one is TOO_LARGE. Default: 16 MiB. */
  readonly maxBytes?: number | undefined;
}

/** One object of a `getMany`: its content, or why there is none. */
export type GetManyResult =
  | { readonly key: string; readonly info: ObjectInfo; readonly bytes: Buffer; readonly error?: undefined }
  | {
      readonly key: string;
      readonly info?: undefined;
      readonly bytes?: undefined;
      readonly error: StorageError;
    };
