import { UNKNOWN_TYPE } from '../../core/content-type.js';
import { show } from '../../core/check-shape.js';
import { isMediaType } from '../../core/media-type.js';
import { isAllowedType } from './allowed-types.js';
import { refusal } from '../errors/refuse.js';

/** Characters of a type: 127 on each side of its slash, RFC 6838, 4.2. A longer one may be too long for a header. */
const MAX_LENGTH = 255;

/**
 * The media type that an uploaded file is stored with. It is what its part declares: this is the one
 * place that decides, so whatever looks at the content belongs here.
 * @param allowed Media types (`image/png`) and families (`image/*`); absent: all.
 * @throws StorageError TYPE_REFUSED, INVALID_ARGUMENT when it is no media type.
 */
export function decideType(
  { mimetype }: { readonly mimetype?: string | undefined },
  allowed: readonly string[] | undefined,
): string {
  const type = (mimetype ?? UNKNOWN_TYPE).toLowerCase();
  if (type.length <= MAX_LENGTH && !isMediaType(type))
    throw refusal('INVALID_ARGUMENT', `${show(type)} is no media type`, 'type');
  if (type.length <= MAX_LENGTH && isAllowedType(type, allowed)) return type;
  throw refusal('TYPE_REFUSED', `Content of the type ${type.slice(0, 100)} is not accepted here`, 'type');
}
