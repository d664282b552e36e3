import { StorageError } from './error.js';
import type { GetOptions, PutOptions } from './options.js';

/**
 * Whether a write may go on, given the ETag of what is there. The rules are those of S3
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
 * @throws StorageError ALREADY_EXISTS, PRECONDITION_FAILED, or NOT_FOUND for `ifMatch` with no object.
 */
export function checkWrite(
  { ifAbsent, ifMatch }: Pick<PutOptions, 'ifAbsent' | 'ifMatch'>,
  etag: string | undefined,
): void {
  if (ifAbsent && etag !== undefined) {
    throw new StorageError('ALREADY_EXISTS', 'The key is taken');
  }
  if (ifMatch !== undefined && etag === undefined) {
    throw new StorageError('NOT_FOUND', 'There is no object to match');
  }
  if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== etag) {
    throw new StorageError('PRECONDITION_FAILED', 'The object has another ETag');
  }
}

/** Whether a read may go on, given the ETag of what is there. @throws StorageError PRECONDITION_FAILED, NOT_MODIFIED. */
export function checkRead(
  { ifMatch, ifNoneMatch }: Pick<GetOptions, 'ifMatch' | 'ifNoneMatch'>,
  etag: string,
): void {
  if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== etag) {
    throw new StorageError('PRECONDITION_FAILED', 'The object has another ETag');
  }
  if (ifNoneMatch !== undefined && (ifNoneMatch === '*' || ifNoneMatch === etag)) {
    throw new StorageError('NOT_MODIFIED', 'The object still has this ETag');
  }
}
