import { StorageError, type StorageErrorCode } from '../core/error.js';
import { makesLayers } from '../core/layer-factory.js';
import type { Layer, Operation } from '../core/layer.js';

/** How an operation ended. */
export interface Outcome {
  /** `OK` or the code of the error. */
  readonly code: StorageErrorCode | 'OK';
  readonly seconds: number;
  readonly error?: StorageError | undefined;
}

/** A layer that only looks: `ended` is called once for each operation and cannot make it fail. */
export function observe(ended: (operation: Operation, outcome: Outcome) => void): Layer {
  return async (operation, next) => {
    const started = performance.now();
    const tell = (code: Outcome['code'], error?: StorageError) => {
      const seconds = (performance.now() - started) / 1000;
      // An observer's own mistake is no reason to fail a storage operation, also not when it is asynchronous.
      void new Promise<void>((resolve) =>
        resolve(ended(operation, { code, seconds, ...(error && { error }) })),
      ).catch(() => undefined);
    };
    try {
      const result = await next(operation);
      tell('OK');
      return result;
    } catch (error) {
      tell(StorageError.is(error) ? error.code : 'UNKNOWN', StorageError.is(error) ? error : undefined);
      throw error;
    }
  };
}
makesLayers(observe);
