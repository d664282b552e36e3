import type { StorageAccess } from '../access/storage-access.js';
import type { DeclaredFile } from '../access/storage-authorize.js';
import { decideType } from '../upload/decide-type.js';
import { tooLarge } from '../upload/too-large.js';
import { expectedType } from '../upload/type-by-content.js';
import { DEFAULT_MAX_SIZE } from '../upload/upload.options.js';

/** The media type of a declared file, as far as it may be stored. @throws StorageError TYPE_REFUSED, INVALID_ARGUMENT, TOO_LARGE. */
export function allowedType({ contentType, size }: DeclaredFile, { served }: StorageAccess): string {
  const { maxSize = DEFAULT_MAX_SIZE, types, sniff = types !== undefined } = served.options;
  if (size !== undefined && size > maxSize) throw tooLarge(maxSize);
  return sniff ? expectedType(contentType, types) : decideType({ mimetype: contentType }, types);
}
