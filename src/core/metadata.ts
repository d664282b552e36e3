import { hasControlCharacter } from './control-character.js';
import { StorageError } from './error.js';

/** RFC 9110, 5.6.2: the characters of a header's name. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** S3's limit: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const MAX_BYTES = 2048;
/** Names that this package keeps for itself. */
const RESERVED = 'stowage-';

/**
 * User metadata with its names in lower case.
 * @throws StorageError INVALID_ARGUMENT for a name that is empty, no HTTP token, reserved (`stowage-…`) or
 * differs from another only in case, a value that is no string or has a control character, or over 2,048 bytes in all.
 */
export function normalizeMetadata(
  metadata: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const seen = new Map<string, string>();
  let bytes = 0;
  for (const [name, value] of Object.entries(metadata)) {
    const lower = name.toLowerCase();
    if (!TOKEN.test(name)) refuse(`the name ${JSON.stringify(name)} is no HTTP token`);
    if (lower.startsWith(RESERVED)) refuse(`names that begin with "${RESERVED}" are reserved`);
    if (seen.has(lower)) refuse(`the name "${lower}" is there twice`);
    if (typeof value !== 'string') refuse(`the value of "${lower}" is not a string`);
    if (hasControlCharacter(value) || !value.isWellFormed())
      refuse(`the value of "${lower}" has a character that no header can carry`);
    seen.set(lower, value);
    bytes += lower.length + Buffer.byteLength(value);
  }
  if (bytes > MAX_BYTES) refuse(`it has ${bytes} bytes, at most ${MAX_BYTES} are allowed`);
  return Object.fromEntries(seen);
}

function refuse(why: string): never {
  throw new StorageError('INVALID_ARGUMENT', `Invalid metadata: ${why}`, { reason: 'metadata' });
}
