import { throwIfAborted } from '../core/abort.js';
import { StorageError } from '../core/error.js';
import { Gate } from '../core/gate.js';
import { MAX_BATCH, type LayeredBackend } from '../core/layered-backend.js';
import type { DeleteResult } from '../core/object.js';
import type { OperationOptions } from '../core/options.js';

/** Single deletes at once, where a backend has no batch. */
const AT_ONCE = 16;

/** Deletes `keys` in batches, or one by one, and gives a result for each in their order. */
export async function deleteMany(
  backend: LayeredBackend,
  keys: readonly string[],
  options: OperationOptions,
): Promise<DeleteResult<StorageError>[]> {
  const failures = new Map<string, StorageError>();
  const guard = async (
    concerned: readonly string[],
    work: Promise<readonly DeleteResult<StorageError>[]>,
  ) => {
    try {
      for (const { key, error } of await work) if (error) failures.set(key, error);
    } catch (error) {
      throwIfAborted(options.signal);
      if (!StorageError.is(error)) throw error;
      concerned.forEach((key) => failures.set(key, error));
    }
  };
  if (backend.deleteMany) {
    for (let i = 0; i < keys.length; i += MAX_BATCH) {
      const batch = keys.slice(i, i + MAX_BATCH);
      await guard(batch, backend.deleteMany(batch, options));
    }
  } else {
    const gate = new Gate(AT_ONCE);
    const one = async (key: string) => {
      await gate.enter();
      try {
        await guard(
          [key],
          backend.delete(key, options).then(() => []),
        );
      } finally {
        gate.leave();
      }
    };
    await Promise.all(keys.map(one));
  }
  return keys.map((key) => {
    const error = failures.get(key);
    return error ? { key, error } : { key };
  });
}
