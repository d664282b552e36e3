import { HEADER_BYTES, HEADER_PAIRS } from './form-bounds.js';
import { badForm } from './form-refusal.js';

/** The headers of a part by name, in lower case: each byte of a value is a character. */
export type RawPartHeader = Readonly<Record<string, readonly string[]>>;

/** What the headers of a part say. */
export interface PartHeader {
  /** The name of the field. */
  readonly field: string;
  /** Bytes of that name as it came. */
  readonly fieldBytes: number;
  /** The name of the file; undefined for a field of text, empty for a file input in which nothing was chosen. */
  readonly fileName: string | undefined;
  /** The media type, without parameters. */
  readonly mimetype: string;
  /** The encoding of a text. */
  readonly charset: string;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PARAMETER = new RegExp(
  `;[ \\t]*(${TOKEN})[ \\t]*=[ \\t]*(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s"]*))[ \\t]*`,
  'gy',
);
const CHARSET = /;[ \t]*charset=(?:"([^"]*)"|([^;\s"]*))/i;
/** A header has none of them: RFC 9110, 5.5. */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/;
/** RFC 8187, 3.2.1. */
const EXTENDED = /^([\w-]+)'[^']*'(.*)$/;

/** @throws StorageError INVALID_ARGUMENT for a part that has no name, or headers that are ambiguous, too many or too long. */
export function parsePartHeader(header: RawPartHeader): PartHeader {
  assertBounds(header);
  const parameters = parametersOf(one(header, 'content-disposition') ?? '');
  const name = parameters.get('name');
  if (name === undefined || name === '') throw badForm('A part of the form has no name');
  const type = one(header, 'content-type') ?? 'text/plain';
  const coding = one(header, 'content-transfer-encoding') ?? 'binary';
  // RFC 7578, 4.7: nobody is to send one, and what is stored would not be the file.
  if (!/^(?:7bit|8bit|binary)$/i.test(coding.trim()))
    throw badForm('Send the parts of the form without a Content-Transfer-Encoding');
  const charset = CHARSET.exec(type);
  const extended = parameters.get('filename*');
  return {
    field: unescapeName(utf8(name)),
    fieldBytes: name.length,
    fileName: extended === undefined ? fileNameOf(parameters.get('filename')) : decodeExtended(extended),
    mimetype: utf8((type.split(';', 1)[0] ?? '').trim().toLowerCase()),
    charset: charset?.[1] ?? charset?.[2] ?? 'utf-8',
  };
}

/** The parser leaves out what is too much without a word, so it is let read a little more than is allowed. */
function assertBounds(header: RawPartHeader): void {
  let pairs = 0;
  let bytes = 0;
  for (const [name, values] of Object.entries(header)) {
    for (const value of values) {
      pairs++;
      bytes += name.length + value.length;
      if (CONTROL.test(value)) throw badForm();
    }
  }
  if (pairs > HEADER_PAIRS || bytes > HEADER_BYTES) throw badForm('A part of the form has too many headers');
}

function one(header: RawPartHeader, name: string): string | undefined {
  const values = header[name] ?? [];
  if (values.length > 1) throw badForm(`A part of the form has more than one ${name}`);
  return values[0];
}

/** RFC 7578, 4.2. Those that stand twice are refused: readers choose differently. */
function parametersOf(disposition: string): ReadonlyMap<string, string> {
  const start = /^[ \t]*form-data[ \t]*(?=;|$)/i.exec(disposition);
  if (!start) throw badForm();
  const parameters = new Map<string, string>();
  let at = start[0].length;
  for (PARAMETER.lastIndex = at; at < disposition.length; at = PARAMETER.lastIndex) {
    const found = PARAMETER.exec(disposition);
    // One that ends in `;` is common.
    if (!found && /^;?[ \t]*$/.test(disposition.slice(at))) break;
    const name = found?.[1]?.toLowerCase();
    if (!found || name === undefined || parameters.has(name)) throw badForm();
    // Old clients send the path of a file with its backslashes: only a quote and a backslash are escaped.
    parameters.set(name, found[2]?.replace(/\\(["\\])/g, '$1') ?? found[3] ?? '');
  }
  return parameters;
}

function fileNameOf(value: string | undefined): string | undefined {
  return value === undefined ? undefined : unescapeName(utf8(value));
}

/** Browsers send names as UTF-8 and say so nowhere: RFC 7578, 5.1.3. */
function utf8(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** What browsers escape, and nothing else: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data */
function unescapeName(name: string): string {
  return name.replace(/%0A/gi, '\n').replace(/%0D/gi, '\r').replace(/%22/g, '"');
}

/** RFC 7578, 4.2, forbids it and some clients send nothing else. */
function decodeExtended(value: string): string {
  const [, charset = '', text = ''] = EXTENDED.exec(value) ?? [];
  const bytes = Buffer.from(
    text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
  if (/^utf-8$/i.test(charset)) return bytes.toString('utf8');
  if (/^iso-8859-1$/i.test(charset)) return bytes.toString('latin1');
  throw badForm('The name of a file is not well encoded');
}
