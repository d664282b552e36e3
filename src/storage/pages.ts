import { throwIfAborted } from '../core/abort.js';
import type { LayeredBackend } from '../core/layered-backend.js';
import type { ListPage } from '../core/object.js';
import type { ListOptions } from '../core/options.js';

/** Objects of a page when no limit is given; the most that any backend gives at once. */
export const PAGE = 1000;

/** All pages of a listing, each read when it is asked for. */
export async function* pages(
  backend: LayeredBackend,
  options: Partial<ListOptions>,
): AsyncGenerator<ListPage, void, undefined> {
  const { prefix = '', limit = PAGE } = options;
  let cursor: string | undefined;
  do {
    throwIfAborted(options.signal);
    const page = await backend.list({ ...options, prefix, limit, cursor });
    yield page;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
