import { linkAbort } from '../core/abort.js';
import { StorageError } from '../core/error.js';
import { makesLayers } from '../core/layer-factory.js';
import type { Layer } from '../core/layer.js';
import { MAX_TIMER_MS } from '../core/max-timer.js';

/**
 * Ends an operation that takes longer than `ms` milliseconds with TIMEOUT. A `get` is timed to the
 * start of its body, a `put` to its end: give uploads of unknown size a signal of their own instead.
 */
export function timeout(ms: number): Layer {
  if (!(ms >= 1 && ms <= MAX_TIMER_MS)) {
    throw new StorageError('INVALID_ARGUMENT', `A timeout is 1 to ${MAX_TIMER_MS} ms, not ${ms}`, {
      reason: 'config',
    });
  }
  return async (operation, next) => {
    const link = linkAbort(operation.signal);
    const late = () => link.abort(new StorageError('TIMEOUT', `It took longer than ${ms} ms`));
    const timer = setTimeout(late, ms);
    try {
      return await next({ ...operation, signal: link.signal });
    } finally {
      clearTimeout(timer);
      link.release();
    }
  };
}
makesLayers(timeout);
