import { S3Client } from '@aws-sdk/client-s3';
import type { TestServer } from './s3-servers.js';

const clients = new WeakMap<TestServer, S3Client>();

/** The SDK's client for `server`, in path style: one for all its tests. It sends checksums only where S3 wants one. */
export function sdkClient(server: TestServer): S3Client {
  const known = clients.get(server);
  if (known) return known;
  const { endpoint, region, accessKeyId, secretAccessKey, ca } = server;
  const client = new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, ...(ca && { httpsAgent: { ca } }) },
  });
  clients.set(server, client);
  return client;
}

/** Closes its connections. */
export function closeSdkClient(server: TestServer): void {
  clients.get(server)?.destroy();
  clients.delete(server);
}
