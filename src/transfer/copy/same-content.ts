import { StorageError } from '../../core/error.js';
import type { ObjectInfo } from '../../core/object.js';

/**
 * What tells that `copy` is a copy of `source`, when its bytes did not pass through here: the name of a checksum that both
 * tell, `etag`, or the `size` alone. A new ETag says nothing: most storages make one for each write.
 * @throws StorageError INTEGRITY, reason `copy`, when it is none.
 */
export function sameContent(source: ObjectInfo, copy: ObjectInfo): string {
  const { algorithm, value = '' } = source.checksum ?? {};
  const other = copy.checksum?.value ?? '';
  // Checksums of parts (`…-3`) depend on where the parts end.
  const comparable = algorithm !== undefined && algorithm === copy.checksum?.algorithm;
  const compared = comparable && !value.includes('-') && !other.includes('-');
  if (source.size !== copy.size || (compared && value !== other))
    throw new StorageError('INTEGRITY', 'The copy is not what was copied', { reason: 'copy', key: copy.key });
  if (compared) return algorithm;
  return source.etag === copy.etag ? 'etag' : 'size';
}
