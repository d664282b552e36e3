import type { StorageBackend } from './backend.js';
import { StorageError } from './error.js';
import type { DeleteResult } from './object.js';

/** What one DeleteObjects takes: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
export const MAX_BATCH = 1000;

/** How keys are checked, and errors told. */
interface Manner {
  /** @throws what is wrong with a key. */
  readonly check: (key: string) => void;
  readonly failed: (key: string, error: unknown) => DeleteResult<StorageError>;
}

/** A result for each of `keys`, in their order, also where `backend` forgets one. @throws StorageError INVALID_ARGUMENT for too many. */
export async function deleteBatch(
  backend: StorageBackend,
  keys: readonly string[],
  signal: AbortSignal | undefined,
  { check, failed }: Manner,
): Promise<readonly DeleteResult<StorageError>[]> {
  if (keys.length > MAX_BATCH) {
    const what = `A batch has at most ${MAX_BATCH} keys, not ${keys.length}`;
    throw new StorageError('INVALID_ARGUMENT', what);
  }
  const refused = new Map<string, unknown>();
  for (const key of new Set(keys)) {
    try {
      check(key);
    } catch (error) {
      refused.set(key, error);
    }
  }
  const valid = refused.size === 0 ? keys : keys.filter((key) => !refused.has(key));
  // An empty batch is an error to S3.
  const results = (valid.length > 0 && (await backend.deleteMany?.(valid, { signal }))) || [];
  const found = new Map(results.map((result) => [result.key, result]));
  return keys.map((key) => {
    if (refused.has(key)) return failed(key, refused.get(key));
    const result = found.get(key);
    if (!result)
      return failed(key, new StorageError('OUTCOME_UNKNOWN', 'The backend says nothing of this key'));
    return result.error === undefined ? { key } : failed(key, result.error);
  });
}
