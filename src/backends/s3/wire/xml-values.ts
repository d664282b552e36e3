import { XmlError } from './xml.js';

const DIGITS = /^\d{1,16}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * The same text in memory of its own. V8 makes of a part of a string a view that keeps the whole of it, here a page
 * of some hundred KiB for as long as anyone has one of its keys. Joining and cutting is the cheapest way to a copy.
 */
export function detached(text: string): string {
  return ` ${text}`.slice(1);
}

/** The text of an answer to `encoding-type=url`, where a space is `%20` or, with MinIO, `+`. @throws XmlError when it is not encoded so. */
export function urlDecoded(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (error) {
    throw new XmlError('The answer has a key that is not URL-encoded UTF-8, though it says so', {
      cause: error,
    });
  }
}

/** An ETag without its quotes: https://www.rfc-editor.org/rfc/rfc9110#field.etag */
export function unquoted(text: string): string {
  const etag = text.trim();
  return etag.length > 1 && etag.startsWith('"') && etag.endsWith('"') ? etag.slice(1, -1) : etag;
}

/** A number of bytes. @throws XmlError when it is none that a number can tell exactly. */
export function size(text: string): number {
  const digits = text.trim();
  const value = Number(digits);
  if (!DIGITS.test(digits) || !Number.isSafeInteger(value))
    throw new XmlError('The answer has a size that is none');
  return value;
}

/** `xs:boolean`, in any case. @throws XmlError when it is neither true nor false. */
export function boolean(text: string): boolean {
  const word = text.trim().toLowerCase();
  if (word === 'true' || word === '1') return true;
  if (word === 'false' || word === '0') return false;
  throw new XmlError('The answer has neither true nor false where one of them belongs');
}

/** A date as S3's XML writes it (ISO 8601 with a zone). @throws XmlError when it is none. */
export function time(text: string): Date {
  const iso = text.trim();
  const date = new Date(iso);
  if (!TIME.test(iso) || Number.isNaN(date.getTime()))
    throw new XmlError('The answer has a date that is none');
  return date;
}

/** As `time`, but `undefined` where it is none: for dates that nothing depends on. */
export function optionalTime(text: string): Date | undefined {
  try {
    return time(text);
  } catch {
    return undefined;
  }
}
