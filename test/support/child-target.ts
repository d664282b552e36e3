import type { StorageBackend } from '../../src/core/backend.js';
import type { TestServer } from '../servers/s3-servers.js';

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
      readonly profile: string;
    };

/** A bucket of a server, as a target. */
export function bucketOf(
  { name, endpoint, region, accessKeyId, secretAccessKey }: TestServer,
  bucket: string,
): ChildTarget {
  return { kind: 's3', endpoint, region, bucket, accessKeyId, secretAccessKey, profile: name };
}

export interface OpenTargetOptions {
  /** Where the process serves its signed URLs, known later: of local disk alone. */
  readonly url?: () => string;
  /** Of local disk. Default: that of the backend. */
  readonly durability?: 'full' | 'rename';
}

/** A backend for a target. What is not needed is not loaded: a child should start quickly. */
export async function openTarget(
  target: ChildTarget,
  { url, durability }: OpenTargetOptions = {},
): Promise<StorageBackend> {
  if (target.kind === 'local') {
    const { LocalBackend } = await import('../../src/backends/local/backend.js');
    const secret = 'a secret of thirty-two characters';
    const signing = url && { secret, storage: 'documents', baseUrl: url };
    return new LocalBackend({
      root: target.root,
      ...(durability && { durability }),
      ...(signing && { signing }),
    });
  }
  const { S3Backend } = await import('../../src/backends/s3/backend.js');
  const { endpoint, region, bucket, profile, accessKeyId, secretAccessKey } = target;
  return new S3Backend({ endpoint, region, bucket, profile, credentials: { accessKeyId, secretAccessKey } });
}
