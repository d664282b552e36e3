import type { Operation } from './layer.js';

/** A call of the backend beneath, waiting to be made with the signal that the layers pass on. */
export interface Call<T> extends Pick<Operation, 'name' | 'access' | 'key' | 'keys' | 'signal'> {
  readonly perform: (signal: AbortSignal | undefined) => Promise<T>;
}
