import { S3Client } from '@aws-sdk/client-s3';
import type { S3ClientLike } from './client-like.js';
import type { S3BackendOptions } from './options.js';

/**
 * Directory buckets of S3 Express and their access points, and access points on Outposts:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-bucket-naming-rules.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-outposts-access-points.html
 */
const OTHER_ENDPOINT = /--(x-s3|xa-s3|op-s3)$/;
/**
 * Multi-region access points, which are in no region, and Outposts: they are signed by SigV4A.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointRequests.html
 */
const OTHER_ARN = /^arn:[^:]*:(s3::[^:]*:accesspoint[:/].+\.mrap|s3-outposts:.*)$/;

let plain: ReadonlySet<string> | undefined;

/**
 * Who sends the requests of a bucket: `own`, our own code, or `sdk`, the SDK, for what our code does not know:
 * S3 Express, SigV4A, a middleware that was added to the client. One that is added later is not seen.
 */
export function pathOf({
  bucket,
  client,
  requests = 'auto',
}: Pick<S3BackendOptions, 'bucket' | 'client' | 'requests'>): 'own' | 'sdk' {
  if (requests === 'sdk' || OTHER_ENDPOINT.test(bucket) || OTHER_ARN.test(bucket)) return 'sdk';
  return client && hasMiddleware(client) ? 'sdk' : 'own';
}

/** Whether it is a directory bucket of S3 Express, or an access point of one. */
export const isDirectoryBucket = (bucket: string): boolean => /--(x-s3|xa-s3)$/.test(bucket);

function hasMiddleware(client: S3ClientLike): boolean {
  // Nothing is resolved, and no connection made, before its first request.
  plain ??= new Set(new S3Client({ region: 'us-east-1' }).middlewareStack.identify());
  const own = plain;
  const found = client.middlewareStack.identify();
  return found.length !== own.size || found.some((entry) => !own.has(entry));
}
