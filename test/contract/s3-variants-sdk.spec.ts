import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, expect, it } from '@jest/globals';
import { StorageService } from '../../src/storage/storage.service.js';
import { withLayers } from '../../src/core/layered-backend.js';
import { describeServers, type TestServer } from '../servers/s3-servers.js';
import { backendContract } from './backend.contract.js';
import { minio } from './s3-differences.js';
import { s3Place } from './s3-place.js';

describeServers({ only: ['minio'] }, (server) => {
  let client: S3Client | undefined;
  let seen = 0;
  /** A user's client: what it adds to each request our own code would not send. */
  const userClient = () =>
    (client ??= clientOf(server(), () => {
      seen++;
    }));
  afterAll(() => client?.destroy());

  backendContract('S3 on MinIO, by the SDK for a client with a middleware', {
    create: () => s3Place(server(), { client: userClient() }),
    ...minio,
    runs: 3,
  });

  it('has sent every request through the middleware of the client', async () => {
    const { backend, destroy } = await s3Place(server(), { client: userClient() });
    const storage = new StorageService('test', withLayers(backend, 'test'));
    seen = 0;
    await storage.put('a', 'content');
    await storage.head('a');
    await storage.text('a');
    await storage.page();
    await storage.copy('a', 'b');
    await storage.deleteMany(['a', 'b']);
    await storage.delete('a');
    expect(seen).toBeGreaterThanOrEqual(7);
    await destroy?.();
  });

  it('gives the client out, and leaves it open', async () => {
    const { backend, destroy } = await s3Place(server(), { client: userClient() });
    const storage = new StorageService('test', withLayers(backend, 'test'));
    expect(storage.as(S3Client)).toBe(userClient());
    expect(storage.supports(S3Client)).toBe(true);
    // A client knows the whole bucket, a scope is a part of it.
    expect(storage.scoped('team').supports(S3Client)).toBe(false);
    await backend.close?.();
    await destroy?.();
  });
});

function clientOf(
  { endpoint, region, accessKeyId, secretAccessKey }: TestServer,
  onSend: () => void,
): S3Client {
  const client = new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
  });
  client.middlewareStack.add(
    (next) => (args) => {
      onSend();
      const { headers } = args.request as { headers: Record<string, string> };
      headers['x-team'] = 'blue';
      return next(args);
    },
    { step: 'build', name: 'team' },
  );
  return client;
}
