import { LocalBackend } from '../../src/backends/local/backend.js';
import { S3Backend } from '../../src/backends/s3/backend.js';
import type { StorageBackend } from '../../src/core/backend.js';

/** A place that several processes of a test work at. */
export type ChildTarget =
  | { readonly kind: 'local'; readonly root: string }
  | {
      readonly kind: 's3';
      readonly endpoint: string;
      readonly region: string;
      readonly bucket: string;
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly profile: 'versitygw' | 'minio';
    };

/** @param url Where the process serves its signed URLs, known later: of local disk alone. */
export function backendOf(target: ChildTarget, url?: () => string): StorageBackend {
  if (target.kind === 'local') {
    const secret = 'a secret of thirty-two characters';
    const signing = url && { secret, storage: 'documents', baseUrl: url };
    return new LocalBackend({ root: target.root, ...(signing && { signing }) });
  }
  const { accessKeyId, secretAccessKey, endpoint, region, bucket, profile } = target;
  return new S3Backend({ endpoint, region, bucket, profile, credentials: { accessKeyId, secretAccessKey } });
}
