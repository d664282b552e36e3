import type { StorageBackend } from './backend.js';
import type { StorageError } from './error.js';

const places = new WeakMap<StorageError, string>();

/** Kind and place of `backend`, as a log says them: `s3 bucket "files" at https://…`. */
export const describePlace = ({ kind, place }: StorageBackend): string =>
  place === undefined ? kind : `${kind} ${place}`;

/** `error`, of which `placeOfError` knows that it happened at `backend`: its message may be shown to others than operators. */
export function happenedAt(error: StorageError, backend: StorageBackend): StorageError {
  if (!places.has(error)) places.set(error, describePlace(backend));
  return error;
}

/** Where `error` happened, for the log of an operator. */
export const placeOfError = (error: StorageError): string | undefined => places.get(error);
