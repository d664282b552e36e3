import { StorageError } from '../../../core/error.js';
import { S3ResponseError } from '../response-error.js';

/**
 * Whether the server says that there is no such upload. To a request for one some say something else: Ceph RGW says
 * NoSuchKey.
 */
export function isNoSuchUpload(error: unknown): error is S3ResponseError {
  if (!(error instanceof S3ResponseError)) return false;
  // MinIO, of an id that is no name of a folder.
  if (error.code === 'XMinioInvalidResourceName') return true;
  return error.status === 404 && error.code !== 'NoSuchBucket';
}

/** `work`, which is about one upload. @throws StorageError NOT_FOUND, reason `upload`, when it is not there. */
export async function ofUpload<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isNoSuchUpload(error) ? noSuchUpload(error) : error;
  }
}

/** What it means that the server knows no such upload. */
export function noSuchUpload(cause: unknown): StorageError {
  return new StorageError('NOT_FOUND', 'There is no such upload: it was completed, aborted, or never begun', {
    reason: 'upload',
    cause,
  });
}
