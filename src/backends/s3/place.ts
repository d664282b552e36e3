import { randomBytes } from 'node:crypto';
import type { S3ClientLike } from './client-like.js';
import { givenEndpoint } from './given-endpoint.js';
import type { S3BackendOptions } from './options.js';

/** What stands for the endpoints that clients have of their own, which only a promise tells. */
const names = new WeakMap<S3ClientLike, string>();

/** Where a bucket is, for the log of an operator: `bucket "files" at https://… (profile minio)`. */
export function placeOfBucket(
  options: Pick<S3BackendOptions, 'bucket' | 'endpoint' | 'client' | 'region'>,
  profile: string,
): string {
  const { bucket, client, region } = options;
  const given = givenEndpoint(options);
  // The files of the SDK may name another one, or the region: they are not read before the first request.
  const aws = region === undefined ? 'AWS' : `AWS, ${region}`;
  const where = client ? nameOf(client) : given === undefined ? aws : urlOf(given);
  return `bucket ${JSON.stringify(bucket)} at ${where} (profile ${profile})`;
}

/** Of two clients with endpoints of their own nobody knows whether they ask one server: they are not said to. */
function nameOf(client: S3ClientLike): string {
  if (!client.config.isCustomEndpoint) return 'the endpoint of its client';
  const name = names.get(client) ?? randomBytes(3).toString('hex');
  names.set(client, name);
  return `the endpoint of its client ${name}`;
}

/** Without credentials, which one of the environment may have. */
function urlOf(endpoint: string): string {
  if (!URL.canParse(endpoint)) return 'an endpoint that is no URL';
  const { origin, pathname } = new URL(endpoint);
  return pathname === '/' ? origin : origin + pathname;
}
