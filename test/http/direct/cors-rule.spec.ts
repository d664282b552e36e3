import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { LocalBackend } from '../../../src/backends/local/backend.js';
import { S3Backend } from '../../../src/backends/s3/backend.js';
import type { StorageBackend } from '../../../src/core/backend.js';
import { StorageHttpModule } from '../../../src/http/index.js';
import { boot, storages } from '../harness.js';

let said: string[];
beforeEach(() => {
  said = [];
  jest.spyOn(Logger.prototype, 'debug').mockImplementation((text: unknown) => void said.push(String(text)));
});
afterEach(() => void jest.restoreAllMocks());

/** Nothing is sent to it. */
const s3 = (profile: string): StorageBackend =>
  new S3Backend({
    endpoint: 'http://127.0.0.1:9',
    region: 'us-east-1',
    bucket: 'b',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    profile,
  });

it('is said once at the start, for the buckets to which pages send files', async () => {
  const secret = 'a secret of the tests, long enough';
  const backends = {
    documents: s3('aws'),
    images: s3('ceph-rgw'),
    read: s3('aws'),
    minio: s3('minio'),
    local: new LocalBackend({
      root: '/nowhere',
      signing: { secret, storage: 'local', baseUrl: 'http://127.0.0.1' },
    }),
  };
  const direct = { operations: ['direct'] } as const;
  const app = await boot([
    storages(backends),
    StorageHttpModule.forRoot({
      storages: {
        documents: direct,
        images: direct,
        read: { operations: ['get'] },
        minio: direct,
        local: direct,
      },
      authorize: () => false,
      secret,
    }),
  ]);
  await app.close();
  const rules = said.filter((text) => text.includes('CORS'));
  expect(rules).toHaveLength(1);
  const [text, rule] = /^(.*): (\[.*\])$/.exec(rules[0] ?? '')?.slice(1) ?? [];
  expect(text).toBe(
    'Pages of other origins send files straight to the bucket of "documents", "images" when it has this CORS rule, with the origins of your pages',
  );
  expect(JSON.parse(rule ?? '')).toEqual([
    {
      ID: 'nestjs-stowage-direct',
      AllowedOrigins: ['https://your-page.example'],
      AllowedMethods: ['PUT', 'POST'],
      AllowedHeaders: ['content-type', 'content-md5', 'x-amz-checksum-crc32', 'x-amz-checksum-sha256'],
      ExposeHeaders: ['ETag'],
      MaxAgeSeconds: 3600,
    },
  ]);
});
