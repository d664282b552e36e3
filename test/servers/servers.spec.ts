import { expect, it } from '@jest/globals';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { openBucket } from './open-bucket.js';
import { describeServers } from './s3-servers.js';
import { sdkClient } from './sdk-client.js';

for (const tls of [false, true]) {
  describeServers({ tls, own: !tls }, (server) => {
    it('keeps an object in a bucket of its own', async () => {
      const client = sdkClient(server());
      const place = await openBucket(server());
      const target = { Bucket: place.bucket, Key: `${place.prefix}a` };
      await client.send(new PutObjectCommand({ ...target, Body: 'content' }));
      const { Body } = await client.send(new GetObjectCommand(target));
      expect(await Body?.transformToString()).toBe('content');
      await place.destroy();
    });
  });
}
