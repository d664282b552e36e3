import { decodeCursor, encodeCursor, type Cursor } from '../../core/cursor.js';
import { compareUtf8 } from '../../core/utf8.js';
import { CursorFields } from './cursor-fields.js';

/** Where a list goes on. */
export interface ListPlace {
  /** What the server gave to go on with. */
  readonly token: string;
  /** The last name so far, without the prefix of the list; absent when there was none. */
  readonly last?: Cursor | undefined;
  /** Pages without a name since then. */
  readonly empty: number;
}

const CURSOR = new CursorFields('s3:', 'a list');

/**
 * A cursor that tells nothing of what lies above `prefix`: a token that is the name of a key, as the marker of version 1
 * is, is kept without it. A token of another form is kept as the server made it; what it tells is the server's to say.
 */
export function encodePlace({ token, last, empty }: ListPlace, prefix: string): string {
  const named = token.startsWith(prefix);
  const shown = named ? token.slice(prefix.length) : token;
  return CURSOR.encode([shown, named ? 1 : 0, last ? encodeCursor(last) : '', empty]);
}

/** @throws StorageError INVALID_ARGUMENT, reason `cursor`, when `cursor` was not made by `encodePlace`. */
export function decodePlace(cursor: string, prefix: string): ListPlace {
  const [token, named, last, empty] = CURSOR.decode(cursor);
  if (typeof token !== 'string' || typeof last !== 'string' || typeof empty !== 'number')
    throw CURSOR.foreign();
  const whole = named === 1 ? prefix + token : token;
  if (whole === '') throw CURSOR.foreign();
  return { token: whole, empty, ...(last !== '' && { last: decodeCursor(last) }) };
}

/** The last of the names of a page, or `last` where it has none. Names have no prefix, groups end in the delimiter. */
export function lastOf(names: readonly Cursor[], last: Cursor | undefined): Cursor | undefined {
  let end = last;
  for (const name of names) if (!end || compareUtf8(name.after, end.after) > 0) end = name;
  return end;
}
