import { Readable } from 'node:stream';
import { discard, toBody } from '../../core/body.js';
import { bodyError } from '../../core/consume.js';
import { StorageError } from '../../core/error.js';
import type { LayeredBackend } from '../../core/layered-backend.js';
import { runBatch } from './batch.js';
import type { BatchOptions, BatchResult, PutItem } from './batch.options.js';
import { keyOf, resultOf } from './batch-result.js';
import { runArray } from './run-array.js';

/** Puts `items` as they come, and gives the result of each as it is ready. */
export function putEach(
  backend: LayeredBackend,
  items: Iterable<PutItem> | AsyncIterable<PutItem>,
  options: BatchOptions,
): AsyncGenerator<BatchResult, void, undefined> {
  return runBatch({ items, writes: true, perform: (item, signal) => putOne(backend, item, signal) }, options);
}

/** Puts all of `items` and gives their results in order. The body of an item that is not reached is destroyed. */
export async function putAll(
  backend: LayeredBackend,
  items: readonly PutItem[],
  options: BatchOptions,
): Promise<BatchResult[]> {
  // A body that fails while it waits for its turn would end the process.
  for (const item of items) if (bodyOf(item) instanceof Readable) (item.body as Readable).on('error', ignore);
  const reached = new Set<PutItem>();
  const perform = (item: PutItem, signal: AbortSignal) => {
    reached.add(item);
    return putOne(backend, item, signal);
  };
  try {
    return await runArray(items, { writes: true, perform }, options, (item) => keyOf(item, 'key'));
  } finally {
    for (const item of items) if (!reached.has(item)) destroy(bodyOf(item));
  }
}

function putOne(backend: LayeredBackend, item: PutItem, signal: AbortSignal): Promise<BatchResult> {
  return resultOf(keyOf(item, 'key'), () => {
    if (typeof item !== 'object' || item === null)
      throw new StorageError('INVALID_ARGUMENT', 'An item of a batch has a key and a body', {
        reason: 'batch',
      });
    const { key, body, ...options } = item;
    // It had failed before it was its turn.
    if (body instanceof Readable && body.errored) throw bodyError(body.errored);
    return backend.put(key, body, { ...options, signal });
  });
}

const bodyOf = (item: PutItem | null | undefined): unknown => item?.body;
const ignore = (): void => undefined;

/** Of what holds nothing (strings, bytes) nothing is done. */
function destroy(body: unknown): void {
  if (body instanceof Readable) body.destroy();
  else if (body instanceof ReadableStream && !body.locked)
    discard(toBody(body as ReadableStream<Uint8Array>));
}
