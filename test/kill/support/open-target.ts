import type { StorageBackend } from '../../../src/core/backend.js';
import type { UploadTarget } from './upload-config.js';

/** A backend for a target. What is not needed is not loaded: a child should start quickly. */
export async function openTarget(target: UploadTarget): Promise<StorageBackend> {
  if (target.kind === 'local') {
    const { LocalBackend } = await import('../../../src/backends/local/backend.js');
    return new LocalBackend({ root: target.root, durability: 'rename' });
  }
  const { S3Backend } = await import('../../../src/backends/s3/backend.js');
  const { endpoint, bucket, region, profile, accessKeyId, secretAccessKey } = target;
  return new S3Backend({ endpoint, bucket, region, profile, credentials: { accessKeyId, secretAccessKey } });
}
