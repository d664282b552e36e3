import { givenEndpoint } from './given-endpoint.js';
import type { S3BackendOptions } from './options.js';

/** Where a bucket is, for the log of an operator: `bucket "files" at https://… (profile minio)`. */
export function placeOfBucket(
  options: Pick<S3BackendOptions, 'bucket' | 'endpoint' | 'client' | 'region'>,
  profile: string,
): string {
  const { bucket, client, region } = options;
  const given = givenEndpoint(options);
  // The files of the SDK may name another one, or the region: they are not read before the first request.
  const aws = region === undefined ? 'AWS' : `AWS, ${region}`;
  const where = client ? 'the endpoint of its client' : given === undefined ? aws : urlOf(given);
  return `bucket ${JSON.stringify(bucket)} at ${where} (profile ${profile})`;
}

/** Without credentials, which one of the environment may have. */
function urlOf(endpoint: string): string {
  if (!URL.canParse(endpoint)) return 'an endpoint that is no URL';
  const { origin, pathname } = new URL(endpoint);
  return pathname === '/' ? origin : origin + pathname;
}
