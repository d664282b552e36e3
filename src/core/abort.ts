import { setMaxListeners } from 'node:events';
import { StorageError } from './error.js';

/** What an aborted signal means to a caller: its reason when that is a StorageError, else ABORTED. */
export function abortError(signal: AbortSignal): StorageError {
  const reason: unknown = signal.reason;
  return StorageError.is(reason)
    ? reason
    : new StorageError('ABORTED', 'The signal was aborted', { cause: reason });
}

/** Whether it is an AbortSignal, or absent: who writes no TypeScript may pass anything. */
export function isSignal(signal: unknown): boolean {
  if (signal === undefined || signal === null) return true;
  const { aborted, addEventListener } = signal as Partial<AbortSignal>;
  return typeof aborted === 'boolean' && typeof addEventListener === 'function';
}

/** @throws StorageError INVALID_ARGUMENT, reason `signal`, for what is no AbortSignal. */
export function assertSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (isSignal(signal)) return signal;
  throw new StorageError('INVALID_ARGUMENT', 'A signal is an AbortSignal', { reason: 'signal' });
}

/** @throws StorageError ABORTED (or the signal's own StorageError) when `signal` is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}

/** Calls `listener` when `signal` aborts, at once when it has. The returned function takes it back. */
export function onAbort(
  signal: AbortSignal | undefined,
  listener: (error: StorageError) => void,
): () => void {
  if (!signal) return () => undefined;
  const handler = () => listener(abortError(signal));
  if (signal.aborted) {
    handler();
    return () => undefined;
  }
  // Many operations may share a signal; Node would take their listeners for a leak.
  setMaxListeners(0, signal);
  signal.addEventListener('abort', handler, { once: true });
  return () => signal.removeEventListener('abort', handler);
}

/**
 * A signal that aborts with its parent or by `abort`. `release` parts it from the parent: unlike
 * `AbortSignal.any` it leaves no listener on a parent that outlives it.
 */
export function linkAbort(parent: AbortSignal | undefined): {
  readonly signal: AbortSignal;
  abort(reason: StorageError): void;
  release(): void;
} {
  const controller = new AbortController();
  const release = onAbort(parent, (error) => controller.abort(error));
  return { signal: controller.signal, abort: (reason) => controller.abort(reason), release };
}
