import { abortError } from './abort.js';
import { StorageError } from './error.js';

/**
 * What it means that `signal` ended a change of several objects.
 * @param touched Whether one of them has changed, or may have.
 * @returns OUTCOME_UNKNOWN then; else the StorageError of the signal, which says that all is as it was.
 */
export function interruption(signal: AbortSignal, touched: boolean): StorageError {
  const ended = abortError(signal);
  if (!touched) return ended;
  return new StorageError('OUTCOME_UNKNOWN', `It was ended when some of it may be done: ${ended.message}`, {
    reason: ended.reason ?? ended.code,
    cause: ended,
  });
}
