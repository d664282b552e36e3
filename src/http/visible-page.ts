import type { ListPage } from '../core/object.js';
import type { ListOptions } from '../core/options.js';
import type { StorageService } from '../storage/storage.service.js';

/** Entries of the pages that are passed over. */
const MOST = 1000;

/**
 * A page as a client may see it: without what is hidden, which is one range of keys. Its cursor never rests in that range, because
 * whoever has a cursor can read the key in it.
 * @throws StorageError as `page`.
 */
export async function visiblePage(
  storage: StorageService,
  query: ListOptions,
  hides: (key: string) => boolean,
): Promise<ListPage> {
  const objects: ListPage['objects'][number][] = [];
  const prefixes: string[] = [];
  if (hides(query.prefix)) return { objects, prefixes };
  let { cursor, limit } = query;
  for (;;) {
    const page = await storage.page({ ...query, cursor, limit });
    const room = query.limit - objects.length - prefixes.length;
    const shown = {
      objects: page.objects.filter(({ key }) => !hides(key)),
      prefixes: page.prefixes.filter((prefix) => !hides(prefix)),
    };
    const visible = shown.objects.length + shown.prefixes.length;
    const hidden = page.objects.length + page.prefixes.length - visible;
    if (visible > room) {
      // Once more, with no more behind the range than there is room for.
      limit = hidden + room;
      continue;
    }
    objects.push(...shown.objects);
    prefixes.push(...shown.prefixes);
    cursor = page.cursor;
    if (cursor === undefined || visible === room || !hides(lastOf(page)))
      return { objects, prefixes, ...(cursor !== undefined && { cursor }) };
    limit = MOST;
  }
}

/** In the order of lists, which is that of bytes. */
function lastOf({ objects, prefixes }: ListPage): string {
  const [object, prefix] = [objects.at(-1)?.key ?? '', prefixes.at(-1) ?? ''];
  return Buffer.compare(Buffer.from(object), Buffer.from(prefix)) > 0 ? object : prefix;
}
