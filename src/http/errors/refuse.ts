import { StorageError, type StorageErrorCode } from '../../core/error.js';

/** Details that are fit for a client, by error: no text of another error is ever sent. */
const details = new WeakMap<StorageError, string>();

/**
 * A StorageError whose `detail` may be told to the client. It must hold nothing that the client does not know.
 * @param inside What only the log tells. Default: the message is `detail`.
 */
export function refusal(
  code: StorageErrorCode,
  detail: string,
  reason?: string,
  { message = detail, cause }: { readonly message?: string; readonly cause?: unknown } = {},
): StorageError {
  const error = new StorageError(code, message, { reason, cause });
  details.set(error, detail);
  return error;
}

/** What a client may be told of `error` beyond its code. */
export function detailOf(error: StorageError): string | undefined {
  return details.get(error);
}
