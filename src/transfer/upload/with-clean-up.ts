import type { ErrorClass } from '../../core/backend.js';
import { StorageError } from '../../core/error.js';

/** `error`, which says what failed first, beside what its clean-up failed with: the `cause` is an AggregateError of both. */
export function withCleanUp(
  error: unknown,
  cleaning: unknown,
  classify: (error: unknown) => ErrorClass,
): StorageError {
  const { code, reason, retryAfterMs } = StorageError.is(error) ? error : classify(error);
  const why = error instanceof Error ? error.message : String(error);
  return new StorageError(code, `${why}; and the parts that were stored could not be removed`, {
    reason,
    retryAfterMs,
    cause: new AggregateError([error, cleaning], 'An upload failed, and so did its clean-up'),
  });
}
