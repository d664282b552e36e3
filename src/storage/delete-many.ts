import { atOnce } from '../core/at-once.js';
import { StorageError } from '../core/error.js';
import { interruption } from '../core/interruption.js';
import { MAX_BATCH } from '../core/delete-batch.js';
import type { LayeredBackend } from '../core/layered-backend.js';
import type { DeleteResult } from '../core/object.js';
import type { OperationOptions } from '../core/options.js';

/** Single deletes at once, where a backend has no batch. */
const AT_ONCE = 16;
/** Batches at once. */
const BATCHES_AT_ONCE = 4;

/**
 * Deletes `keys` in batches, or one by one, and gives a result for each in their order.
 * @throws the StorageError of the signal when that ended it before anything was done, OUTCOME_UNKNOWN when a key is gone
 * or may be.
 */
export async function deleteMany(
  backend: LayeredBackend,
  keys: readonly string[],
  options: OperationOptions,
): Promise<DeleteResult<StorageError>[]> {
  const { signal } = options;
  const failures = new Map<string, StorageError>();
  let ended = false;
  const guard = async (
    concerned: readonly string[],
    work: () => Promise<readonly DeleteResult<StorageError>[]>,
  ) => {
    try {
      for (const { key, error } of await work()) if (error) failures.set(key, error);
    } catch (error) {
      if (!StorageError.is(error)) throw error;
      ended ||= signal?.aborted ?? false;
      concerned.forEach((key) => failures.set(key, error));
    }
  };
  const deleteBatch = backend.deleteMany;
  if (deleteBatch) {
    const batches: (readonly string[])[] = [];
    for (let i = 0; i < keys.length; i += MAX_BATCH) batches.push(keys.slice(i, i + MAX_BATCH));
    await atOnce(batches, BATCHES_AT_ONCE, (batch) => guard(batch, () => deleteBatch(batch, options)));
  } else {
    await atOnce(keys, AT_ONCE, (key) => guard([key], () => backend.delete(key, options).then(() => [])));
  }
  if (signal && ended) throw interruption(signal, !keys.every((key) => isThere(failures.get(key))));
  return keys.map((key) => {
    const error = failures.get(key);
    return error ? { key, error } : { key };
  });
}

/** Whether a delete that failed so has surely deleted nothing. */
const isThere = (error: StorageError | undefined): boolean =>
  error !== undefined && error.code !== 'OUTCOME_UNKNOWN';
