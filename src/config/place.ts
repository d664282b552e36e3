import { StorageError } from '../core/error.js';
import type { StorageEnv } from './env.js';
import { bucketVariable } from './named-buckets.js';

/** Where in an S3 service the objects of a storage are. */
export interface Place {
  readonly bucket: string;
  /** The beginning of every key, with a slash at its end; empty for a whole bucket. */
  readonly prefix: string;
}

/**
 * Where the storage `name` is. With S3_BUCKET it is a prefix in that bucket (the default storage: the whole),
 * otherwise a bucket of its own. @throws StorageError INVALID_ARGUMENT when no variable says so.
 */
export function placeOf(env: StorageEnv, provider: 's3' | 'minio', name: string): Place {
  const own = env[provider].buckets.get(name);
  const whole = provider === 's3' ? env.s3.bucket : undefined;
  if (whole !== undefined) {
    const prefix = own ?? (name === 'default' ? undefined : name);
    return { bucket: whole, prefix: prefix === undefined ? '' : `${prefix}/` };
  }
  if (own !== undefined) return { bucket: own, prefix: '' };
  const title = bucketVariable(provider === 's3' ? 'S3' : 'MINIO', name);
  const advice = provider === 's3' ? `S3_BUCKET or ${title}` : title;
  throw new StorageError('INVALID_ARGUMENT', `The storage "${name}" has no bucket: set ${advice}`, {
    reason: 'config',
    storage: name,
  });
}
