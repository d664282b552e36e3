import { expect, it } from '@jest/globals';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { openBucket } from './open-bucket.js';
import { describeServers, type TestServer } from './s3-servers.js';
import { sdkClient } from './sdk-client.js';
import { startServer, type S3Server } from './start-server.mjs';
import { expectNothingLeft } from './support/leftovers.js';

/** A signed PUT and GET by the SDK, in a bucket of its own. */
async function expectRoundTrip(server: TestServer): Promise<void> {
  const client = sdkClient(server);
  const place = await openBucket(server);
  const target = { Bucket: place.bucket, Key: `${place.prefix}a` };
  await client.send(new PutObjectCommand({ ...target, Body: 'content' }));
  const { Body } = await client.send(new GetObjectCommand(target));
  expect(await Body?.transformToString()).toBe('content');
  await place.destroy();
}

for (const tls of [false, true]) {
  describeServers({ tls, own: !tls }, (server, name) => {
    it('keeps an object in a bucket of its own', async () => {
      expect(server().endpoint).toMatch(tls ? /^https:/ : /^https?:/);
      await expectRoundTrip(server());
    });

    if (name === 'own') return;

    it('refuses another secret, unless it is moto', async () => {
      const { name: who, endpoint, region, accessKeyId } = server();
      const liar: TestServer = { ...server(), secretAccessKey: 'wrong', endpoint, region, accessKeyId };
      const answer = expectRoundTrip(liar).then(
        () => 'accepted',
        (error: Error) => error.name,
      );
      expect(await answer).toBe(who === 'moto' ? 'accepted' : 'SignatureDoesNotMatch');
    });

    it('runs beside another of its kind and leaves nothing behind', async () => {
      const another: S3Server = await startServer(name, { tls });
      expect(another.endpoint).not.toBe(server().endpoint);
      await expectRoundTrip(another);
      await another.stop();
      await expectNothingLeft(another);
      await expectRoundTrip(server());
    }, 60_000);
  });
}
