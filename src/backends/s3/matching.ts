import { StorageError } from '../../core/error.js';
import type { HeadOptions } from '../../core/options.js';
import type { Reader } from './reader.js';
import { S3ResponseError } from './response-error.js';

/** How often `ifMatch: '*'` looks again when another writer was faster. */
const LOOKS = 10;

/** Does `work` with the ETag that is there, again when another writer was faster. */
export async function matching<T>(
  reader: Reader,
  key: string,
  which: HeadOptions,
  work: (etag: string) => Promise<T>,
): Promise<T> {
  let refusal: { readonly etag: string; readonly error: unknown } | undefined;
  for (let look = 1; ; look++) {
    const { etag } = await reader.head(key, which);
    // It is refused although it is this one: to ask again would give the same.
    if (refusal?.etag === etag) throw refusal.error;
    try {
      return await work(etag);
    } catch (error) {
      if (look === LOOKS || !(isFailedCondition(error) || StorageError.is(error, 'NOT_FOUND'))) throw error;
      refusal = { etag, error };
    }
  }
}

/** Whether the server refused because of a condition, and surely did nothing. */
export function isFailedCondition(error: unknown): boolean {
  return error instanceof S3ResponseError && error.status === 412 && !error.unsure;
}
