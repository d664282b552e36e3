import { StorageError } from '../../core/error.js';

/** What a source means that is not there any more, or is another one. */
export function changedSource(cause: unknown): StorageError {
  return new StorageError('PRECONDITION_FAILED', 'The source was replaced or deleted while it was copied', {
    ...{ reason: 'changed', cause },
  });
}
