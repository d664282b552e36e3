const PREFIX = 'x-amz-meta-';
/** Marks an object with the write that made it. Hidden from `metadata`: names that begin with `stowage-` are ours. */
export const UPLOAD_TOKEN = `${PREFIX}stowage-upload`;
const OWN = `${PREFIX}stowage-`;
/** What a header carries as it is, without spaces at its ends, which HTTP takes away. */
const PLAIN = /^(?:[!-~](?:[ -~]*[!-~])?)?$/;
/** RFC 2047, 2: an encoded word has at most 75 characters, so in base64 45 bytes. */
const WORD_BYTES = 45;
const ENCODED_WORD = /=\?([\w-]+)\?([bq])\?([^?\s]*)\?=/gi;

/**
 * Metadata as headers. A value beyond ASCII goes as encoded words (RFC 2047), as S3 itself gives such values back:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
 */
export function metadataHeaders(metadata: Readonly<Record<string, string>>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(metadata)) headers[PREFIX + name] = encodeValue(value);
  return headers;
}

/** The metadata that is in the headers of an answer, whoever wrote it. */
export function metadataOf(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries: [string, string][] = [];
  for (const name in headers) {
    if (!name.startsWith(PREFIX) || name.startsWith(OWN)) continue;
    entries.push([name.slice(PREFIX.length), decodeValue(headers[name] ?? '')]);
  }
  return entries.length === 0 ? {} : Object.fromEntries(entries);
}

function encodeValue(value: string): string {
  // What looks like an encoded word has to be one, or it would come back as what it says.
  if (PLAIN.test(value) && !value.includes('=?')) return value;
  const words: string[] = [];
  let word = '';
  for (const character of value) {
    if (Buffer.byteLength(word + character) > WORD_BYTES) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  words.push(word);
  return words.map((one) => `=?UTF-8?B?${Buffer.from(one).toString('base64')}?=`).join(' ');
}

function decodeValue(raw: string): string {
  const value = fromLatin1(raw);
  if (!value.includes('=?')) return value;
  // Between two encoded words white space means nothing: RFC 2047, 6.2.
  return value
    .replace(/\?=\s+(?==\?)/g, '?=')
    .replace(ENCODED_WORD, (whole, charset: string, how: string, text: string) => {
      const bytes = how.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : quotedBytes(text);
      const name = charset.toLowerCase();
      const utf8 = name === 'utf-8' || name === 'us-ascii';
      if (!utf8 && name !== 'iso-8859-1') return whole;
      const decoded = bytes.toString(utf8 ? 'utf8' : 'latin1');
      // What no header could carry was not encoded by anybody who meant well.
      return /\p{Cc}/u.test(decoded) ? whole : decoded;
    });
}

/** Node reads headers as Latin-1. Some servers (Ceph RGW) send the bytes of UTF-8 as they got them. */
function fromLatin1(raw: string): string {
  // eslint-disable-next-line no-control-regex -- all of ASCII is what it looks for
  if (/^[\u0000-\u007f]*$/.test(raw)) return raw;
  const bytes = Buffer.from(raw, 'latin1');
  const text = bytes.toString();
  return text.includes('\ufffd') ? raw : text;
}

/** RFC 2047, 4.2. */
function quotedBytes(text: string): Buffer {
  const plain = text
    .replaceAll('_', ' ')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(plain, 'latin1');
}
