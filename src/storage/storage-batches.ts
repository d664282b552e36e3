import { StorageError } from '../core/error.js';
import type { LayeredBackend } from '../core/layered-backend.js';
import type { DeleteResult } from '../core/object.js';
import type { OperationOptions } from '../core/options.js';
import type {
  BatchOptions,
  BatchResult,
  CopyItem,
  GetManyOptions,
  GetManyResult,
  PutItem,
} from '../transfer/batch/batch.options.js';
import { copyAll, copyEach } from '../transfer/batch/copy-many.js';
import { getMany } from '../transfer/batch/get-many.js';
import { putAll, putEach } from '../transfer/batch/put-many.js';
import { deleteMany } from './delete-many.js';

type Many<T> = Iterable<T> | AsyncIterable<T>;

/** What a StorageService does to many objects at once. */
export abstract class StorageBatches {
  protected constructor(
    readonly name: string,
    /** @internal */
    protected readonly backend: LayeredBackend,
  ) {}

  /**
   * Deletes any number of keys and gives a result for each, in their order.
   * @throws StorageError ABORTED when its signal ended it before anything was done, OUTCOME_UNKNOWN when a key is or may be gone.
   */
  async deleteMany(
    keys: Iterable<string> & object,
    options: OperationOptions = {},
  ): Promise<DeleteResult<StorageError>[]> {
    if (typeof (keys as unknown) === 'string') {
      throw new StorageError('INVALID_ARGUMENT', `${this.name}: deleteMany takes keys, not one key`, {
        reason: 'key',
      });
    }
    return deleteMany(this.backend, [...keys], options);
  }

  /**
   * Puts many objects, `concurrency` (8) at once. Of an array the promise of all results, in order; of any other iterable, which may
   * be endless, each result when it is ready. A failure of an item is a result.
   * @throws StorageError INVALID_ARGUMENT; when its signal ended it ABORTED, or OUTCOME_UNKNOWN when some may be stored.
   */
  putMany(items: readonly PutItem[], options?: BatchOptions): Promise<BatchResult[]>;
  putMany(items: Many<PutItem>, options?: BatchOptions): AsyncGenerator<BatchResult, void, undefined>;
  putMany(items: readonly PutItem[] | Many<PutItem>, options: BatchOptions = {}) {
    return isArray(items) ? putAll(this.backend, items, options) : putEach(this.backend, items, options);
  }

  /** Copies many objects inside the storage. Results and errors as of `putMany`. */
  copyMany(items: readonly CopyItem[], options?: BatchOptions): Promise<BatchResult[]>;
  copyMany(items: Many<CopyItem>, options?: BatchOptions): AsyncGenerator<BatchResult, void, undefined>;
  copyMany(items: readonly CopyItem[] | Many<CopyItem>, options: BatchOptions = {}) {
    return isArray(items) ? copyAll(this.backend, items, options) : copyEach(this.backend, items, options);
  }

  /**
   * The contents of many objects in memory, each when it is ready, at most `concurrency` (8) at once. Whoever leaves the loop
   * ends what is being read. @throws StorageError INVALID_ARGUMENT, ABORTED.
   */
  getMany(
    keys: Many<string> & object,
    options: GetManyOptions = {},
  ): AsyncGenerator<GetManyResult, void, undefined> {
    return getMany(this.backend, keys, options);
  }
}

const isArray = <T>(value: readonly T[] | Many<T>): value is readonly T[] => Array.isArray(value);
