/** Longer names are cut: most file systems take 255 bytes. */
const MAX_BYTES = 255;
const MAX_EXTENSION = 20;
const FALLBACK = 'file';
/**
 * C0 and C1 controls, and what changes the direction or hides: `photo\u202Egpj.exe` reads as `photoexe.jpg`
 * (https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing).
 */
const HIDDEN =
  // eslint-disable-next-line no-control-regex -- control characters are what it removes
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * The name of a file as its sender gave it, fit to be shown and to be sent in a header: the last segment
 * of a path, without control and direction characters, at most 255 bytes. Never a part of a key.
 */
export function fileName(given: string | undefined): string {
  const last = (given ?? '').toWellFormed().replace(HIDDEN, '').split(/[/\\]/).at(-1) ?? '';
  const name = last.trim();
  if (name === '' || name === '.' || name === '..') return FALLBACK;
  return Buffer.byteLength(name) <= MAX_BYTES ? name : shorten(name);
}

function shorten(name: string): string {
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && name.length - dot <= MAX_EXTENSION ? name.slice(dot) : '';
  let bytes = Buffer.byteLength(extension);
  let stem = '';
  for (const character of name.slice(0, name.length - extension.length)) {
    bytes += Buffer.byteLength(character);
    if (bytes > MAX_BYTES) break;
    stem += character;
  }
  return stem + extension;
}
