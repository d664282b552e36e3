import { types } from 'node:util';
import { S3Backend } from '../backends/s3/backend.js';
import { S3Buckets } from '../backends/s3/buckets.js';
import type { S3BackendOptions } from '../backends/s3/options.js';
import type { StorageBackend } from '../core/backend.js';
import { StorageError } from '../core/error.js';
import { withLayers } from '../core/layered-backend.js';
import type { StorageEnv } from './env.js';
import { placeOf } from './place.js';
import { PlacedBackend } from './placed-backend.js';

/**
 * The backend of the storage `name` in S3 or MinIO, with connections of its own. With STORAGE_CREATE_BUCKETS its bucket
 * is made when it is missing. @throws StorageError INVALID_ARGUMENT, reason `config`, when no variable names a bucket;
 * what S3Buckets throws.
 */
export async function createS3Backend(
  env: StorageEnv,
  provider: 's3' | 'minio',
  name: string,
): Promise<StorageBackend> {
  const { bucket, prefix } = placeOf(env, provider, name);
  const backend = new S3Backend(optionsOf(env, provider, bucket));
  if (env.createBuckets) await makeBucket(backend, bucket, name);
  return prefix === '' ? backend : new PlacedBackend(backend, prefix);
}

function optionsOf(env: StorageEnv, provider: 's3' | 'minio', bucket: string): S3BackendOptions {
  const { endpoint, region, accessKey, secretKey } = env[provider];
  return {
    bucket,
    endpoint,
    region,
    credentials:
      accessKey === undefined || secretKey === undefined
        ? undefined
        : { accessKeyId: accessKey, secretAccessKey: secretKey },
    profile: provider === 'minio' ? 'minio' : env.s3.profile,
    forcePathStyle: provider === 's3' ? env.s3.forcePathStyle : undefined,
    connectTimeoutMs: env.connectTimeoutMs,
    idleTimeoutMs: env.idleTimeoutMs,
    maxSockets: env.maxSockets,
    maxSinglePut: env.maxMultipartSize,
    signing: { expiresIn: env.presignedUrlExpiry },
  };
}

/** Through the layers, which say what an error of the SDK means. */
async function makeBucket(backend: S3Backend, bucket: string, storage: string): Promise<void> {
  try {
    await withLayers(backend, storage).capability(S3Buckets)?.create();
  } catch (error) {
    await backend.close();
    if (!StorageError.is(error)) throw error;
    const { code, reason, cause, message } = error;
    const why = types.isNativeError(cause) ? cause.message : message;
    throw new StorageError(code, `The storage "${storage}": its bucket "${bucket}" cannot be made: ${why}`, {
      reason,
      storage,
      cause,
    });
  }
}
