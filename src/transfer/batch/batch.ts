import { linkAbort } from '../../core/abort.js';
import { StorageError } from '../../core/error.js';
import { interruption } from '../../core/interruption.js';
import type { ObjectInfo } from '../../core/object.js';
import type { BatchOptions } from './batch.options.js';
import { eachAtOnce } from './each-at-once.js';
import { assertKnownOptions } from '../../core/known-options.js';

const AT_ONCE = 8;
const OPTIONS = ['concurrency', 'stopOnError', 'onProgress', 'signal'];

/** What became of one item. */
interface Outcome {
  readonly info?: ObjectInfo | undefined;
  readonly error?: StorageError | undefined;
}

/** What a batch does with each item. */
export interface BatchWork<T, R extends Outcome> {
  readonly items: Iterable<T> | AsyncIterable<T>;
  /** Of the items, where it is known. */
  readonly total?: number | undefined;
  /** Whether it changes what is stored. */
  readonly writes: boolean;
  /** Gives the result; a failure of the item is one too. */
  readonly perform: (item: T, signal: AbortSignal) => Promise<R>;
}

/**
 * Works on the items of a batch, and gives the result of each as it is ready.
 * @throws StorageError INVALID_ARGUMENT for options that are none; when the signal ended it, its error, or OUTCOME_UNKNOWN where
 * something was written; ABORTED, reason `items`, when the source of the items fails, reason `progress` when `onProgress` does.
 */
export async function* runBatch<T, R extends Outcome>(
  { items, total, writes, perform }: BatchWork<T, R>,
  options: BatchOptions,
): AsyncGenerator<R, void, undefined> {
  assertKnownOptions('A batch', options, OPTIONS);
  const { concurrency = AT_ONCE, stopOnError = false, onProgress, signal } = options;
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) throw invalid('concurrency is 1 or more');
  const count = { done: 0, failed: 0, bytes: 0 };
  let touched = false;
  let cut = false;
  const link = linkAbort(signal);
  const work = async (item: T): Promise<R> => {
    const result = await perform(item, link.signal);
    const { info, error } = result;
    touched ||= writes && (!error || error.code === 'OUTCOME_UNKNOWN');
    cut ||= error !== undefined && link.signal.aborted;
    if (error) count.failed++;
    else count.done++;
    count.bytes += info?.size ?? 0;
    try {
      onProgress?.({ ...count, total });
    } catch (cause) {
      throw failed('onProgress failed', 'progress', cause);
    }
    return result;
  };
  try {
    const whole = yield* eachAtOnce(iteratorOf(items), work, {
      limit: concurrency,
      signal: link.signal,
      stopped: () => stopOnError && count.failed > 0,
      leave: () => link.abort(new StorageError('ABORTED', 'Nobody waits for the rest', { reason: 'left' })),
    });
    if (signal?.aborted && (cut || !whole)) throw interruption(signal, touched);
  } catch (error) {
    throw StorageError.is(error) ? error : failed('The source of the items failed', 'items', error);
  } finally {
    link.release();
  }
}

function iteratorOf<T>(items: Iterable<T> | AsyncIterable<T>): Iterator<T> | AsyncIterator<T> {
  if (typeof items === 'object' && (items as unknown) !== null) {
    if (Symbol.asyncIterator in items) return items[Symbol.asyncIterator]();
    if (Symbol.iterator in items) return items[Symbol.iterator]();
  }
  throw invalid('the items are an array or another iterable');
}

function invalid(what: string): StorageError {
  return new StorageError('INVALID_ARGUMENT', `Of a batch ${what}`, { reason: 'batch' });
}

function failed(what: string, reason: string, cause: unknown): StorageError {
  return StorageError.is(cause) ? cause : new StorageError('ABORTED', what, { reason, cause });
}
