import { decodeCursor, encodeCursor, isAfter, type Cursor } from './cursor.js';
import type { ListPage, ObjectInfo } from './object.js';
import type { ListOptions } from './options.js';

/** The page that `options` asks for, of all keys of a backend, which are sorted by their UTF-8 bytes. */
export function pageOf(
  sorted: readonly string[],
  { prefix, delimiter, cursor, limit }: ListOptions,
  describe: (key: string) => ObjectInfo,
): ListPage {
  const from = cursor === undefined ? undefined : decodeCursor(cursor);
  let passed = from === undefined;
  const objects: ObjectInfo[] = [];
  const prefixes: string[] = [];
  let last: Cursor | undefined;
  for (const key of sorted) {
    if (!key.startsWith(prefix)) continue;
    const rest = key.slice(prefix.length);
    if (from && !passed) passed = isAfter(rest, from);
    if (!passed) continue;
    const cut = delimiter === undefined ? -1 : rest.indexOf(delimiter);
    const group = cut === -1 ? undefined : rest.slice(0, cut + 1);
    if (group !== undefined && prefixes.at(-1) === prefix + group) continue;
    if (objects.length + prefixes.length === limit && last) {
      return { objects, prefixes, cursor: encodeCursor(last) };
    }
    if (group === undefined) objects.push(describe(key));
    else prefixes.push(prefix + group);
    last = { after: group ?? rest, group: group !== undefined };
  }
  return { objects, prefixes };
}
