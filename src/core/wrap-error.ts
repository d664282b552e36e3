import { types } from 'node:util';
import { abortError } from './abort.js';
import type { ErrorClass } from './backend.js';
import { StorageError } from './error.js';

/** Where an error happened. */
export interface Place {
  readonly storage: string;
  readonly operation: string;
  readonly key: string;
  readonly signal?: AbortSignal | undefined;
}

/** `cause` as a StorageError that says where it happened; `classify` says what one of another library means. */
export function wrapError(
  cause: unknown,
  { signal, ...place }: Place,
  classify: (error: unknown) => ErrorClass,
): StorageError {
  if (StorageError.is(cause) && cause.operation !== undefined) return cause;
  const what = place.key === '' ? '' : ` ${JSON.stringify(place.key)}`;
  const at = `${place.storage}: cannot ${place.operation}${what}`;
  const known = StorageError.is(cause) ? cause : signal?.aborted ? abortError(signal) : undefined;
  if (known) {
    const { code, reason, retryAfterMs, message } = known;
    const beneath = known === cause ? known.cause : cause;
    return new StorageError(code, `${at}: ${message}`, { reason, retryAfterMs, cause: beneath, ...place });
  }
  const { code, reason, retryAfterMs } = classify(cause);
  return new StorageError(code, `${at}: ${describe(cause)}`, { reason, retryAfterMs, cause, ...place });
}

/** An error of the file system names paths, which are none of the caller's business. */
function describe(cause: unknown): string {
  if (!types.isNativeError(cause)) return String(cause);
  const { code, syscall } = cause as NodeJS.ErrnoException;
  return code !== undefined && syscall !== undefined ? `${code} (${syscall})` : cause.message;
}
