import { assertSignal, isSignal, throwIfAborted } from './abort.js';
import type { ErrorClass, StorageBackend } from './backend.js';
import type { Call } from './call.js';
import { StorageError } from './error.js';
import type { Layer, Operation } from './layer.js';
import { happenedAt } from './place.js';
import { runLayer } from './run-layer.js';
import { wrapError } from './wrap-error.js';

/** How a call of a backend is performed: its layers run around it, and whatever is thrown is a StorageError that says where. */
export class LayeredCalls {
  constructor(
    private readonly inner: StorageBackend,
    private readonly storage: string,
    private readonly layers: readonly Layer[],
    private readonly scope: string,
  ) {}

  perform<T>(call: Call<T>): Promise<T> {
    return this.layers[0] && isSignal(call.signal) ? this.performWithin(call) : this.performBare(call);
  }

  /** What most of the time of a small object would otherwise go into. */
  private async performBare<T>({ name, key, signal, perform }: Call<T>): Promise<T> {
    try {
      throwIfAborted(assertSignal(signal));
      return await perform(signal);
    } catch (error) {
      throw this.wrap(error, name, key, signal);
    }
  }

  private async performWithin<T>({ perform, ...call }: Call<T>): Promise<T> {
    const { name, key } = call;
    const innermost = async ({ signal }: Operation): Promise<T> => {
      try {
        throwIfAborted(signal);
        return await perform(signal);
      } catch (error) {
        throw this.wrap(error, name, key, signal);
      }
    };
    const chain = this.layers.reduceRight<(operation: Operation) => Promise<T>>(
      (next, layer) => (operation) => runLayer(layer, operation, next),
      innermost,
    );
    try {
      return await chain({ ...call, storage: this.storage, scope: this.scope, backend: this.inner.kind });
    } catch (error) {
      throw this.wrap(error, name, key, call.signal);
    }
  }

  wrap(cause: unknown, operation: string, key: string, signal?: AbortSignal): StorageError {
    const place = { storage: this.storage, operation, key, signal };
    return happenedAt(
      wrapError(cause, place, (error) => this.classify(error)),
      this.inner,
    );
  }

  /** What an error of the backend means. */
  classify(error: unknown): ErrorClass {
    if (StorageError.is(error)) return error;
    const found = this.inner.errorCode(error);
    return typeof found === 'string' ? { code: found } : found;
  }
}
