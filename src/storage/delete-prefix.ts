import { StorageError } from '../core/error.js';
import { interruption } from '../core/interruption.js';
import type { DeleteResult, ListPage } from '../core/object.js';

/** What became of `deletePrefix`. */
export interface DeletePrefixResult {
  readonly deleted: number;
  readonly failed: readonly DeleteResult<StorageError>[];
}

/**
 * Deletes the objects of `pages`, page after page, by `remove`.
 * @throws what a list throws, and what `remove` does. Once an object was deleted, OUTCOME_UNKNOWN instead of the
 * StorageError of `signal`.
 */
export async function deletePages(
  pages: AsyncIterable<ListPage>,
  remove: (keys: readonly string[]) => Promise<readonly DeleteResult<StorageError>[]>,
  signal: AbortSignal | undefined,
): Promise<DeletePrefixResult> {
  const failed: DeleteResult<StorageError>[] = [];
  let deleted = 0;
  try {
    for await (const page of pages) {
      const results = await remove(page.objects.map(({ key }) => key));
      const errors = results.filter(({ error }) => error !== undefined);
      failed.push(...errors);
      deleted += results.length - errors.length;
    }
  } catch (error) {
    const touched = deleted > 0 || failed.some(({ error: one }) => StorageError.is(one, 'OUTCOME_UNKNOWN'));
    throw signal?.aborted && touched ? interruption(signal, true) : error;
  }
  return { deleted, failed };
}
