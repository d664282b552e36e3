import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { withLayers } from '../../src/core/layered-backend.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { PrefixedBackend } from '../../src/wrappers/prefixed.js';
import { ownEndpoint } from '../servers/own-endpoint.js';
import { describeServers, type TestServer } from '../servers/s3-servers.js';
import { sdkClient } from '../servers/sdk-client.js';
import { backendContract } from './backend.contract.js';
import { s3Place } from './s3-place.js';
import type { Place } from './suite.js';

const KEYS = { S3_TEST_ACCESS_KEY: 'access', S3_TEST_SECRET_KEY: 'secret' };

/** A place of its own, also in a bucket that exists. */
async function confined(...args: Parameters<typeof s3Place>): Promise<Place> {
  const { backend, prefix, destroy } = await s3Place(...args);
  return { backend: prefix === '' ? backend : new PrefixedBackend(backend, prefix), destroy };
}

describe('A server of one’s own', () => {
  it('is there when S3_TEST_ENDPOINT is set', () => {
    expect(ownEndpoint({})).toBeUndefined();
    expect(ownEndpoint({ ...KEYS, S3_TEST_ENDPOINT: 'http://s3.test' })).toMatchObject({
      endpoint: 'http://s3.test',
      region: 'us-east-1',
      accessKeyId: 'access',
      secretAccessKey: 'secret',
    });
  });

  it('needs keys', () => {
    expect(() => ownEndpoint({ S3_TEST_ENDPOINT: 'http://s3.test' })).toThrow('needs S3_TEST_ACCESS_KEY');
  });

  describeServers({ only: ['versitygw', 'minio'] }, (server) => {
    it('keeps what is in S3_TEST_BUCKET already', async () => {
      const client = sdkClient(server());
      const Bucket = `own-${randomBytes(4).toString('hex')}`;
      await client.send(new CreateBucketCommand({ Bucket }));
      await client.send(new PutObjectCommand({ Bucket, Key: 'team/a', Body: 'foreign' }));
      const own = ownEndpoint({
        S3_TEST_ENDPOINT: server().endpoint,
        S3_TEST_ACCESS_KEY: server().accessKeyId,
        S3_TEST_SECRET_KEY: server().secretAccessKey,
        S3_TEST_BUCKET: `${Bucket}/team`,
      });
      const listed = async () => {
        const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
        return Contents.map(({ Key }) => Key);
      };
      const { backend, destroy } = await confined(own as TestServer, { profile: server().name });
      const storage = new StorageService('test', withLayers(backend, 'test'));
      await storage.put('b', 'ours');
      expect((await storage.page()).objects.map(({ key }) => key)).toEqual(['b']);
      expect(await listed()).toEqual(['team/a', expect.stringMatching(/^team\/stowage-test-\w+\/\w+\/b$/)]);
      await destroy?.();
      expect(await listed()).toEqual(['team/a']);
      await client.send(new DeleteObjectCommand({ Bucket, Key: 'team/a' }));
      await client.send(new DeleteBucketCommand({ Bucket }));
    });
  });

  describeServers({ only: [], own: true }, (server) => {
    const isConfined = server().bucket !== undefined;
    const LONGER = 'with the prefix that the tests stay in it may be longer than 1,024 bytes';
    backendContract('S3 on S3_TEST_ENDPOINT', {
      create: () => confined(server()),
      features: { noProviderOptions: 'an object of S3 has versions' },
      ...(isConfined && {
        refusedKeys: { '1,024 bytes': LONGER, 'one segment of 1,024 bytes': LONGER, '512 folders': LONGER },
      }),
      runs: 5,
    });
  });
});
