import { StorageError } from '../../core/error.js';
import type { S3Headers } from './calls.js';

/**
 * Whether an answer is about the version that was asked for. Servers without versions may answer with what there is (Garage):
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_ResponseSyntax
 * @throws StorageError UNSUPPORTED, reason `versionId`, when it is not.
 */
export function assertVersion(headers: S3Headers, versionId: string | undefined): void {
  if (versionId === undefined) return;
  // `null` is what a bucket has without versions, and not every server tells it.
  if ((headers['x-amz-version-id'] ?? 'null') === versionId) return;
  throw new StorageError('UNSUPPORTED', 'The server knows no versions: it answered with another one', {
    reason: 'versionId',
  });
}
