import { S3Backend } from '../../src/backends/s3/backend.js';
import type { S3BackendOptions } from '../../src/backends/s3/options.js';
import { openBucket } from '../servers/open-bucket.js';
import type { TestServer } from '../servers/s3-servers.js';
import type { Place } from './suite.js';

/** An empty bucket of `server`, or a prefix of one where `prefix` is not empty. */
export interface S3Place extends Place {
  /** Where the test must stay, ending in `/`. */
  readonly prefix: string;
}

/** Makes an empty bucket, and a backend for it with the profile of `server` unless `options` names one. */
export async function s3Place(server: TestServer, options: Partial<S3BackendOptions> = {}): Promise<S3Place> {
  const { bucket, prefix, destroy } = await openBucket(server);
  const { name, endpoint, region, accessKeyId, secretAccessKey, ca } = server;
  const backend = new S3Backend({
    bucket,
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    profile: name === 'own' ? process.env.S3_TEST_PROFILE || undefined : name,
    ca,
    ...options,
  });
  return { backend, prefix, destroy };
}
