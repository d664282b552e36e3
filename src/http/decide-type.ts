import { UNKNOWN_TYPE } from '../core/content-type.js';
import { isAllowedType } from './allowed-types.js';
import { refusal } from './refuse.js';

/**
 * The media type that an uploaded file is stored with. It is what its part declares: this is the one
 * place that decides, so whatever looks at the content belongs here.
 * @param allowed Media types (`image/png`) and families (`image/*`); absent: all.
 * @throws StorageError TYPE_REFUSED.
 */
export function decideType(
  { mimetype }: { readonly mimetype?: string | undefined },
  allowed: readonly string[] | undefined,
): string {
  const type = (mimetype ?? UNKNOWN_TYPE).toLowerCase();
  if (isAllowedType(type, allowed)) return type;
  throw refusal('TYPE_REFUSED', `Content of the type ${type.slice(0, 100)} is not accepted here`, 'type');
}
