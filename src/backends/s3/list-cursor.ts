import { decodeCursor, encodeCursor, type Cursor } from '../../core/cursor.js';
import { StorageError } from '../../core/error.js';
import { compareUtf8 } from '../../core/utf8.js';

/** Where a list goes on. */
export interface ListPlace {
  /** What the server gave to go on with. */
  readonly token: string;
  /** The last name so far, without the prefix of the list; absent when there was none. */
  readonly last?: Cursor | undefined;
  /** Pages without a name since then. */
  readonly empty: number;
}

/** What a cursor begins with, so that a foreign one is refused here and not by each server in its own way. */
const MARK = 's3:';

/**
 * A cursor that tells nothing of what lies above `prefix`: a token that is the name of a key, as the marker of version 1
 * is, is kept without it. A token of another form is kept as the server made it; what it tells is the server's to say.
 */
export function encodePlace({ token, last, empty }: ListPlace, prefix: string): string {
  const named = token.startsWith(prefix);
  const fields = [
    named ? token.slice(prefix.length) : token,
    named ? 1 : 0,
    last ? encodeCursor(last) : '',
    empty,
  ];
  return Buffer.from(MARK + JSON.stringify(fields)).toString('base64url');
}

/** @throws StorageError INVALID_ARGUMENT, reason `cursor`, when `cursor` was not made by `encodePlace`. */
export function decodePlace(cursor: string, prefix: string): ListPlace {
  const text = Buffer.from(cursor, 'base64url').toString();
  if (!text.startsWith(MARK) || Buffer.from(text).toString('base64url') !== cursor) throw foreign();
  const fields = parse(text.slice(MARK.length));
  if (!Array.isArray(fields)) throw foreign();
  const [token, named, last, empty] = fields as readonly unknown[];
  if (typeof token !== 'string' || typeof last !== 'string' || typeof empty !== 'number') throw foreign();
  const whole = named === 1 ? prefix + token : token;
  if (whole === '') throw foreign();
  return { token: whole, empty, ...(last !== '' && { last: decodeCursor(last) }) };
}

/** The last of the names of a page, or `last` where it has none. Names have no prefix, groups end in the delimiter. */
export function lastOf(names: readonly Cursor[], last: Cursor | undefined): Cursor | undefined {
  let end = last;
  for (const name of names) if (!end || compareUtf8(name.after, end.after) > 0) end = name;
  return end;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw foreign();
  }
}

function foreign(): StorageError {
  return new StorageError('INVALID_ARGUMENT', 'The cursor is not one that a list returned', {
    reason: 'cursor',
  });
}
