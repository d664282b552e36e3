import { StorageError } from '../../../core/error.js';
import type { Checksum } from '../../../core/object.js';
import type { UploadedPart } from '../../../core/part-store.js';
import type { S3Answer } from '../calls.js';
import { etagOf } from '../object-info.js';
import { S3RequestError } from '../request-error.js';

/**
 * The part that an answer to its UploadPart tells.
 * @throws S3RequestError `protocol` for an answer without an ETag, StorageError INTEGRITY for another checksum: it has to
 * be sent again.
 */
export function storedPart(
  number: number,
  size: number,
  { headers }: S3Answer,
  checksum: Checksum | undefined,
): UploadedPart {
  if (!headers['etag'])
    throw new S3RequestError('protocol', `The server took part ${number} without an ETag`, {
      sent: true,
      host: '',
    });
  const told = checksum && headers[`x-amz-checksum-${checksum.algorithm}`];
  if (checksum && told !== undefined && told !== checksum.value)
    throw new StorageError(
      'INTEGRITY',
      `The server stored part ${number} with another ${checksum.algorithm}`,
      {
        reason: 'checksum',
      },
    );
  return { number, size, etag: etagOf(headers), ...(checksum && { checksum }) };
}
