import { toBytes } from '../../core/body.js';
import { StorageError } from '../../core/error.js';
import type { LayeredBackend } from '../../core/layered-backend.js';
import { runBatch } from './batch.js';
import type { GetManyOptions, GetManyResult } from './batch.options.js';
import { failureOf } from './batch-result.js';

const MAX_BYTES = 16 * 1024 * 1024;

/** Reads the objects of `keys`, and gives each as it is ready: no more than `concurrency` of them are held at once. */
export async function* getMany(
  backend: LayeredBackend,
  keys: Iterable<string> | AsyncIterable<string>,
  { maxBytes = MAX_BYTES, ...options }: GetManyOptions,
): AsyncGenerator<GetManyResult, void, undefined> {
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 0)
    throw new StorageError('INVALID_ARGUMENT', 'maxBytes is a number of bytes', { reason: 'batch' });
  const perform = async (key: string, signal: AbortSignal): Promise<GetManyResult> => {
    try {
      return await read(backend, key, maxBytes, signal);
    } catch (error) {
      return { key: typeof key === 'string' ? key : '', error: failureOf(error) };
    }
  };
  yield* runBatch({ items: keys, writes: false, perform }, options);
}

async function read(
  backend: LayeredBackend,
  key: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<GetManyResult> {
  const { info, body } = await backend.get(key, { signal });
  if (info.size > maxBytes) {
    body.destroy();
    const what = `${JSON.stringify(key)} has ${info.size} bytes, more than ${maxBytes}`;
    throw new StorageError('TOO_LARGE', what, { reason: 'size', key });
  }
  const bytes = await toBytes(body, { signal, failure: (error) => backend.bodyError(error, key) });
  if (bytes.length === info.size) return { key, info, bytes };
  const what = `${JSON.stringify(key)} gave ${bytes.length} of ${info.size} bytes`;
  throw new StorageError('INTEGRITY', what, { key });
}
