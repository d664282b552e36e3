import { encodeKey } from './wire/uri.js';

/**
 * The value of `x-amz-copy-source`. Of an access point the ARN names the object:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 * @throws StorageError INVALID_ARGUMENT for a key with a lone surrogate
 */
export function copySource(bucket: string, key: string, versionId: string | undefined): string {
  const place = bucket.startsWith('arn:') ? `${bucket}/object` : `/${bucket}`;
  const version = versionId === undefined ? '' : `?versionId=${encodeURIComponent(versionId)}`;
  return `${place}/${encodeKey(key)}${version}`;
}
