import type { S3BackendOptions } from './options.js';

/**
 * The endpoint that the options give, or the environment, where the SDK looks for one:
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html. Of a client's own nothing is known.
 */
export function givenEndpoint({
  endpoint,
  client,
}: Pick<S3BackendOptions, 'endpoint' | 'client'>): string | undefined {
  if (client) return undefined;
  return endpoint ?? process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL'];
}
