import { StorageError } from '../../core/error.js';
import { runBatch, type BatchWork } from './batch.js';
import type { BatchOptions, BatchResult } from './batch.options.js';

/** Works on all of `items` and gives their results in order; of those that are not reached because another one failed, that. */
export async function runArray<T>(
  items: readonly T[],
  { writes, perform }: Pick<BatchWork<T, BatchResult>, 'writes' | 'perform'>,
  options: BatchOptions,
  keyOf: (item: T) => string,
): Promise<BatchResult[]> {
  const results: BatchResult[] = [];
  const numbered = async (index: number, signal: AbortSignal): Promise<BatchResult> =>
    (results[index] = await perform(items[index] as T, signal));
  const all = runBatch({ items: items.keys(), total: items.length, writes, perform: numbered }, options);
  while (!(await all.next()).done);
  return Array.from(items, (item, index) => results[index] ?? stopped(keyOf(item)));
}

function stopped(key: string): BatchResult {
  const error = new StorageError('ABORTED', 'Another item failed before it', { reason: 'stopped', key });
  return { key, error };
}
