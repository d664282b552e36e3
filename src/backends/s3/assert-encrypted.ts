import { StorageError } from '../../core/error.js';
import type { S3Headers } from './calls.js';

const NAME = 'x-amz-server-side-encryption';

/** Whether a copy that is asked for with `headers` has to be looked at for its encryption. */
export const asksEncryption = (headers: S3Headers): boolean => headers[NAME]?.startsWith('aws:kms') === true;

/** Ceph RGW takes the headers and copies in plain. @throws StorageError INTEGRITY, reason `encryption`. */
export function assertEncrypted(asked: S3Headers, copy: S3Headers): void {
  if (!asksEncryption(asked) || copy[NAME] === asked[NAME]) return;
  throw new StorageError('INTEGRITY', 'It was copied, but the copy is not encrypted as its source is', {
    reason: 'encryption',
  });
}
