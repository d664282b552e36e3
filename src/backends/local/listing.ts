import { decodeCursor, encodeCursor, isAfter, type Cursor } from '../../core/cursor.js';
import { throwIfAborted } from '../../core/abort.js';
import type { ListPage, ObjectInfo } from '../../core/object.js';
import type { ListOptions } from '../../core/options.js';
import { compareUtf8 } from '../../core/utf8.js';
import type { Disk } from './disk.js';
import { isOwnName } from './folding.js';
import { localKeyProblem, RESERVED, splitKey } from './keys.js';
import type { Root } from './root.js';

/** Files whose size and time are asked for at the same time. */
const AT_ONCE = 16;

/** What a directory holds, by its place in the order of keys: a directory sorts as its name with a slash. */
interface Entry {
  /** The key of a file; of a directory the prefix of the keys in it, with the slash. */
  readonly path: string;
  readonly isDirectory: boolean;
}

interface Walk {
  readonly prefix: string;
  readonly delimiter: '/' | undefined;
  readonly from: Cursor | undefined;
  /** No more entries than these are needed. */
  readonly most: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * One page of the keys below a root. Directories are read in the order of the keys and only where the page needs them;
 * `describe` is called for the files of the page alone, and gives undefined for one that has vanished.
 */
export async function listPage(
  disk: Disk,
  root: Root,
  options: ListOptions,
  describe: (key: string) => Promise<ObjectInfo | undefined>,
): Promise<ListPage> {
  const { prefix, delimiter, cursor, limit, signal } = options;
  const from = cursor === undefined ? undefined : decodeCursor(cursor);
  const { folder } = splitKey(prefix);
  const start = folder === '' ? '' : `${folder}/`;
  if (start !== '' && localKeyProblem(folder)) return { objects: [], prefixes: [] };
  if (start !== '' && root.folding && !(await isOwnName(disk, root.directories, root.folding, folder)))
    return { objects: [], prefixes: [] };
  const found: Entry[] = [];
  for await (const entry of walk(disk, root, start, { prefix, delimiter, from, most: limit + 1, signal })) {
    found.push(entry);
    if (found.length > limit) break;
  }
  const shown = found.slice(0, limit);
  const keys = shown.filter((entry) => !entry.isDirectory).map(({ path }) => path);
  const objects = (await mapAtOnce(keys, describe)).filter((info) => info !== undefined);
  const prefixes = shown.filter((entry) => entry.isDirectory).map(({ path }) => path);
  const last = shown.at(-1);
  if (found.length <= limit || !last) return { objects, prefixes };
  return {
    objects,
    prefixes,
    cursor: encodeCursor({ after: last.path.slice(prefix.length), group: last.isDirectory }),
  };
}

/** The entries below `start` (a prefix of keys: '' or ending in a slash) that `how` asks for, in order. */
async function* walk(
  disk: Disk,
  root: Root,
  start: string,
  how: Walk,
): AsyncGenerator<Entry, void, undefined> {
  throwIfAborted(how.signal);
  const names = await root.directories.use(start.slice(0, -1), (directory) =>
    disk.readdir(directory.at('.')),
  );
  const entries: Entry[] = [];
  for (const dirent of names ?? []) {
    const isDirectory = dirent.isDirectory();
    if (isOurs(dirent) || (!isDirectory && !dirent.isFile())) continue;
    const path = start + dirent.name + (isDirectory ? '/' : '');
    if (isWanted(path, isDirectory, how)) entries.push({ path, isDirectory });
  }
  for (const entry of inOrder(entries, how.most)) {
    if (!entry.isDirectory) yield entry;
    else if (how.delimiter === undefined || entry.path.length <= how.prefix.length)
      yield* walk(disk, root, entry.path, how);
    else if (await holdsObject(disk, root, entry.path, how.signal)) yield entry;
  }
}

/** Whether it is a reserved folder: of this root, or of one that lies in it. */
const isOurs = ({ name }: { readonly name: string }): boolean => name.toLowerCase() === RESERVED;

/** Whether the page may show `path`, or something below it. */
function isWanted(path: string, isDirectory: boolean, { prefix, from }: Walk): boolean {
  if (!path.startsWith(prefix) && !(isDirectory && prefix.startsWith(path))) return false;
  if (!from || path.length <= prefix.length) return true;
  const rest = path.slice(prefix.length);
  if (isAfter(rest, from)) return true;
  // The page before may have ended within this directory.
  return isDirectory && !from.group && from.after.startsWith(rest);
}

/** Sorted, and only as far as it is read: a directory of a million files is not sorted for a page of a thousand. */
function* inOrder(entries: Entry[], most: number): Generator<Entry, void, undefined> {
  const byPath = (a: Entry, b: Entry) => compareUtf8(a.path, b.path);
  if (entries.length <= 4 * most) {
    yield* entries.sort(byPath);
    return;
  }
  for (let after: Entry | undefined; ;) {
    let picked: Entry[] = [];
    let limit: Entry | undefined;
    for (const entry of entries) {
      if ((after && byPath(entry, after) <= 0) || (limit && byPath(entry, limit) >= 0)) continue;
      picked.push(entry);
      if (picked.length < 2 * most) continue;
      picked = picked.sort(byPath).slice(0, most);
      limit = picked.at(-1);
    }
    yield* picked.sort(byPath);
    after = picked.at(-1);
    if (!after || (limit === undefined && picked.length < 2 * most)) return;
  }
}

/** Whether there is an object below `start`: a directory that is empty, or holds only such, is no prefix of any key. */
async function holdsObject(
  disk: Disk,
  root: Root,
  start: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  throwIfAborted(signal);
  const names = await root.directories.use(start.slice(0, -1), (directory) =>
    disk.readdir(directory.at('.')),
  );
  if (!names) return false;
  if (names.some((dirent) => dirent.isFile())) return true;
  for (const dirent of names) {
    if (isOurs(dirent) || !dirent.isDirectory()) continue;
    if (await holdsObject(disk, root, `${start}${dirent.name}/`, signal)) return true;
  }
  return false;
}

async function mapAtOnce<A, B>(items: readonly A[], work: (item: A) => Promise<B>): Promise<B[]> {
  const results: B[] = [];
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as A);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return results;
}
