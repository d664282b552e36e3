import { StorageError } from '../../core/error.js';

/** What it means that a write was ended by us when the server may have had all of it. @param why What ended it. */
export function unknownOutcome(why: unknown): StorageError {
  const known = StorageError.is(why) ? why : undefined;
  return new StorageError(
    'OUTCOME_UNKNOWN',
    `It was ended when the server may have had it: ${known?.message ?? 'for an unknown reason'}`,
    { reason: known?.reason ?? known?.code, cause: why },
  );
}
