import { StorageError, type StorageErrorCode } from '../../core/error.js';

/** Details that are fit for a client, by error: no text of another error is ever sent. */
const details = new WeakMap<StorageError, string>();

/** A StorageError whose `detail` may be told to the client. It must hold nothing that the client does not know. */
export function refusal(code: StorageErrorCode, detail: string, reason?: string): StorageError {
  const error = new StorageError(code, detail, { reason });
  details.set(error, detail);
  return error;
}

/** What a client may be told of `error` beyond its code. */
export function detailOf(error: StorageError): string | undefined {
  return details.get(error);
}
