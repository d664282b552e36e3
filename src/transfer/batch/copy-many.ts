import { StorageError } from '../../core/error.js';
import type { LayeredBackend } from '../../core/layered-backend.js';
import { runBatch } from './batch.js';
import type { BatchOptions, BatchResult, CopyItem } from './batch.options.js';
import { keyOf, resultOf } from './batch-result.js';
import { runArray } from './run-array.js';

/** Copies `items` as they come, and gives the result of each as it is ready. */
export function copyEach(
  backend: LayeredBackend,
  items: Iterable<CopyItem> | AsyncIterable<CopyItem>,
  options: BatchOptions,
): AsyncGenerator<BatchResult, void, undefined> {
  const perform = (item: CopyItem, signal: AbortSignal) => copyOne(backend, item, signal);
  return runBatch({ items, writes: true, perform }, options);
}

/** Copies all of `items` and gives their results in order. */
export function copyAll(
  backend: LayeredBackend,
  items: readonly CopyItem[],
  options: BatchOptions,
): Promise<BatchResult[]> {
  const perform = (item: CopyItem, signal: AbortSignal) => copyOne(backend, item, signal);
  return runArray(items, { writes: true, perform }, options, (item) => keyOf(item, 'to'));
}

function copyOne(backend: LayeredBackend, item: CopyItem, signal: AbortSignal): Promise<BatchResult> {
  return resultOf(keyOf(item, 'to'), () => {
    if (typeof item !== 'object' || item === null)
      throw new StorageError('INVALID_ARGUMENT', 'An item of a batch has from and to', { reason: 'batch' });
    const { from, to, ...options } = item;
    return backend.copy(from, to, { ...options, signal });
  });
}
