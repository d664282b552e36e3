import { UNKNOWN_TYPE } from '../../core/content-type.js';
import { show } from '../../core/check-shape.js';
import type { StorageError } from '../../core/error.js';
import { isMediaType } from '../../core/media-type.js';
import { isAllowedType } from './allowed-types.js';
import { refusal } from '../errors/refuse.js';

/** Characters of a type: 127 on each side of its slash, RFC 6838, 4.2. A longer one may be too long for a header. */
const MAX_LENGTH = 255;

/**
 * The media type that content is stored with when only what is declared counts.
 * @param allowed Media types (`image/png`) and families (`image/*`); absent: all.
 * @throws StorageError TYPE_REFUSED, INVALID_ARGUMENT when it is no media type.
 */
export function decideType(
  { mimetype }: { readonly mimetype?: string | undefined },
  allowed: readonly string[] | undefined,
): string {
  const type = checkedType(mimetype ?? UNKNOWN_TYPE);
  if (isAllowedType(type, allowed)) return type;
  throw notAccepted(type);
}

/** A declared type in lower case; its parameters as they are, because the case of some counts. @throws StorageError TYPE_REFUSED when it is too long, INVALID_ARGUMENT when it is none. */
export function checkedType(declared: string): string {
  const type = declared.replace(/^[^;]*/, (bare) => bare.toLowerCase());
  if (type.length > MAX_LENGTH) throw notAccepted(type);
  if (!isMediaType(type)) throw refusal('INVALID_ARGUMENT', `${show(type)} is no media type`, 'type');
  return type;
}

/** What is told of content whose type is not among those that are taken. */
export function notAccepted(type: string): StorageError {
  return refusal('TYPE_REFUSED', `Content of the type ${type.slice(0, 100)} is not accepted here`, 'type');
}
