import { StorageError } from './error.js';
import { compareUtf8 } from './utf8.js';

/**
 * The place in a listing after which the next page begins. It names the last key or common prefix
 * of the page before, relative to the listing's prefix, so that it tells nothing of what lies above.
 */
export interface Cursor {
  readonly after: string;
  /** `after` is a common prefix: everything below it is done. */
  readonly group: boolean;
}

export function encodeCursor({ after, group }: Cursor): string {
  return Buffer.from((group ? 'p' : 'k') + after).toString('base64url');
}

/** @throws StorageError INVALID_ARGUMENT when `text` was not made by `encodeCursor`. */
export function decodeCursor(text: string): Cursor {
  const raw = Buffer.from(text, 'base64url').toString();
  const cursor: Cursor = { after: raw.slice(1), group: raw.startsWith('p') };
  if (!/^[pk]/.test(raw) || encodeCursor(cursor) !== text) {
    throw new StorageError('INVALID_ARGUMENT', 'The cursor is not one that a list returned', {
      reason: 'cursor',
    });
  }
  return cursor;
}

/** Whether `rest` (a key without the listing's prefix) comes after `cursor`. */
export function isAfter(rest: string, { after, group }: Cursor): boolean {
  return compareUtf8(rest, after) > 0 && !(group && rest.startsWith(after));
}
