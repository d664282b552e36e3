import { onAbort } from '../core/abort.js';
import { Gate } from '../core/gate.js';
import { makesLayers } from '../core/layer-factory.js';
import type { Layer } from '../core/layer.js';

/**
 * Lets at most `limit` operations run at once; the others wait their turn, in order, or until their
 * signal aborts. A `get` gives its place back when its body begins.
 */
export function concurrency(limit: number): Layer {
  const gate = new Gate(limit);
  return async (operation, next) => {
    await gate.enter((leave) => onAbort(operation.signal, leave));
    try {
      return await next(operation);
    } finally {
      gate.leave();
    }
  };
}
makesLayers(concurrency);
