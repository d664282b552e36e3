/** Control characters that no text has: https://mimesniff.spec.whatwg.org/#binary-data-byte */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const BINARY = /[\u0000-\u0008\u000b\u000e-\u001a\u001c-\u001f]/;

/** The first characters of a content, read as text. */
export interface TextContent {
  /** Without a byte order mark. */
  readonly text: string;
  /**
   * How sure it is: `unicode` is text in UTF-8, or in UTF-16 or UTF-32 with a mark; `legacy` may be text in an encoding of
   * one byte, or of several as Shift_JIS; `binary` is none, and `text` one character for each byte.
   */
  readonly certainty: 'unicode' | 'legacy' | 'binary';
}

/** @param cut Whether more follows, so that the last character may be incomplete. */
export function readText(head: Uint8Array, cut: boolean): TextContent {
  const text = decode(head, cut);
  if (text !== undefined && !BINARY.test(text)) return { text, certainty: 'unicode' };
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length).toString('latin1');
  return { text: bytes, certainty: BINARY.test(bytes) ? 'binary' : 'legacy' };
}

function decode(head: Uint8Array, cut: boolean): string | undefined {
  const [a, b, c, d] = head;
  if (a === 0xff && b === 0xfe && c === 0 && d === 0) return decodeUtf32(head, true);
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return decodeUtf32(head, false);
  if (a === 0xff && b === 0xfe) return decodeUtf16(Buffer.from(head), cut);
  if (a === 0xfe && b === 0xff)
    return decodeUtf16(Buffer.from(head.subarray(0, head.length & ~1)).swap16(), cut);
  try {
    // It leaves the mark out, and with `stream` what is incomplete.
    return new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: cut });
  } catch {
    return undefined;
  }
}

function decodeUtf16(bytes: Buffer, cut: boolean): string | undefined {
  const text = bytes.toString('utf16le', 2);
  const whole = cut ? text.replace(/[\ud800-\udbff]$/, '') : text;
  return whole.isWellFormed() ? whole : undefined;
}

function decodeUtf32(bytes: Uint8Array, little: boolean): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let text = '';
  for (let at = 4; at + 4 <= bytes.length; at += 4) {
    const point = view.getUint32(at, little);
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return undefined;
    text += String.fromCodePoint(point);
  }
  return text;
}
