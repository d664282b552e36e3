import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { S3Connection } from './options.js';
import type { Limits } from './limits.js';
import type { Connections } from './wire/connections.js';

/**
 * A client of the SDK over our connections, for what is no data path.
 * @param sends Whether it is the data path, whose bodies are watched already: its own limit would end one that is read slowly.
 */
export function createClient(
  options: S3Connection,
  pathStyle: boolean,
  limits: Limits,
  connections: Connections,
  sends: boolean,
): S3Client {
  const { endpoint, credentials, useDualstackEndpoint, useFipsEndpoint, useArnRegion = true } = options;
  const region = options.region ?? (endpoint === undefined ? undefined : 'us-east-1');
  const config: S3ClientConfig = {
    forcePathStyle: options.forcePathStyle ?? pathStyle,
    useArnRegion,
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(credentials !== undefined && {
      credentials: credentials as NonNullable<S3ClientConfig['credentials']>,
    }),
    ...(useDualstackEndpoint !== undefined && { useDualstackEndpoint }),
    ...(useFipsEndpoint !== undefined && { useFipsEndpoint }),
    // Many servers refuse the checksums that are the default since January 2025: aws/aws-sdk-js-v3#6810.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // With it the SDK opens a connection for each large request.
    expectContinueHeader: false,
    maxAttempts: limits.maxAttempts,
    requestHandler: {
      ...connections.agents,
      connectionTimeout: limits.connectTimeoutMs,
      socketTimeout: sends ? 0 : limits.idleTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      throwOnRequestTimeout: true,
    },
  };
  return new S3Client(config);
}
