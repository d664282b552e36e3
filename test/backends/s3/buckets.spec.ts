import { randomBytes } from 'node:crypto';
import { S3Client, PutObjectCommand, DeleteObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from '@jest/globals';
import { corsRule } from '../../../src/backends/s3/cors-rule.js';
import { S3Buckets, type BucketOptions } from '../../../src/backends/s3/buckets.js';
import { thrown } from '../../support/errors.js';
import { classifyError } from '../../../src/backends/s3/errors.js';
import { StorageError } from '../../../src/core/error.js';
import { describeServers, type TestServer } from '../../servers/s3-servers.js';
import { sdkClient } from '../../servers/sdk-client.js';
import { within } from '../../support/within.js';

const newName = (): string => `stowage-${randomBytes(6).toString('hex')}`;

/** What `work` fails with, as a storage would say it. */
async function meaning(work: Promise<unknown>): Promise<unknown> {
  const error: unknown = await within(
    work.then(
      () => new Error('It succeeded'),
      (reason: unknown) => reason,
    ),
  );
  if (StorageError.is(error)) return { code: error.code, reason: error.reason };
  const { code, reason } = Object.assign({ reason: undefined }, classifyError(error));
  return { code, reason };
}

const clientOf = ({ endpoint, region }: TestServer, keys: TestServer['other']): S3Client =>
  new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId: keys?.accessKeyId ?? '', secretAccessKey: keys?.secretAccessKey ?? '' },
  });

describe('The rule for direct uploads', () => {
  it.each<[unknown]>([
    [[]],
    ['https://app.example.com'],
    [['app.example.com']],
    [['https://app.example.com/path']],
    [['https://*.example.*']],
    [[5]],
    [undefined],
  ])('is none for the origins %j', (origins) => {
    expect(thrown(() => corsRule(origins as string[])).reason).toBe('origins');
  });

  it('takes origins with a port, and one star', () => {
    const origins = ['http://localhost:5173', 'https://*.example.com', '*'];
    expect(corsRule(origins)).toMatchObject({ origins, methods: ['PUT', 'POST'], exposeHeaders: ['ETag'] });
  });
});

describeServers({}, (server, name) => {
  const open = (bucket = newName()) => ({
    bucket,
    buckets: new S3Buckets(() => sdkClient(server()), bucket),
  });

  it('are made, found and deleted', async () => {
    const { buckets } = open();
    expect(await buckets.exists()).toBe(false);
    await buckets.create();
    expect(await buckets.exists()).toBe(true);
    await buckets.delete();
    expect(await buckets.exists()).toBe(false);
    expect(await meaning(buckets.delete())).toEqual({ code: 'BUCKET_NOT_FOUND', reason: undefined });
  });

  it('tell pages of other origins what they may do, where the server has that', async () => {
    const { bucket, buckets } = open();
    await buckets.create();
    const rule = corsRule(['https://app.example.com']);
    expect(await buckets.cors()).toEqual([]);
    if (name === 'minio') {
      expect(await meaning(buckets.setCors([rule]))).toMatchObject({ code: 'UNSUPPORTED' });
    } else {
      await buckets.setCors([rule]);
      const [kept, ...others] = await buckets.cors();
      expect(others).toEqual([]);
      expect(kept).toMatchObject({ origins: rule.origins, exposeHeaders: rule.exposeHeaders });
      expect([...(kept?.methods ?? [])].sort()).toEqual(['POST', 'PUT']);
      expect(kept?.headers?.map((header) => header.toLowerCase()).sort()).toEqual(
        [...(rule.headers ?? [])].sort(),
      );
      const { endpoint = '' } = server();
      const preflight = (origin: string): Promise<Response> =>
        fetch(`${endpoint}/${bucket}/a`, {
          method: 'OPTIONS',
          headers: {
            origin,
            'access-control-request-method': 'PUT',
            'access-control-request-headers': 'content-type,x-amz-checksum-crc32',
          },
        });
      const allowed = await preflight('https://app.example.com');
      expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([
        200,
        'https://app.example.com',
      ]);
      expect((await preflight('https://evil.example.com')).status).toBe(403);
      await buckets.setCors([]);
      expect(await buckets.cors()).toEqual([]);
    }
    await buckets.delete();
  });

  it('are left as they are when they are made again', async () => {
    const { bucket, buckets } = open();
    const client = sdkClient(server());
    await buckets.create();
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'a', Body: '1' }));
    await buckets.create();
    expect(await meaning(buckets.delete())).toMatchObject({ code: 'CONFLICT', reason: 'bucket-not-empty' });
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'a' }));
    await buckets.delete();
  });

  it('may have another name than that of the storage', async () => {
    const { bucket, buckets } = open();
    const other = newName();
    await buckets.create({ bucket: other });
    expect([await buckets.exists(), await buckets.exists({ bucket: other })]).toEqual([false, true]);
    const names = (await buckets.list()).map((info) => info.name);
    expect(names).toContain(other);
    expect(names).not.toContain(bucket);
    await buckets.delete({ bucket: other });
  });

  it('are listed with the time at which they were made', async () => {
    const { bucket, buckets } = open();
    const before = Date.now();
    await buckets.create();
    const createdAt = (await buckets.list()).find((info) => info.name === bucket)?.createdAt;
    expect(Math.abs((createdAt?.getTime() ?? 0) - before)).toBeLessThan(60_000);
    await buckets.delete();
  });

  it('have a region', async () => {
    const { buckets } = open();
    expect(await meaning(buckets.region())).toMatchObject({ code: 'BUCKET_NOT_FOUND' });
    await buckets.create();
    expect(await buckets.region()).toBe(name === 'ceph-rgw' ? 'default' : 'us-east-1');
    await buckets.delete();
  });

  it('are refused a name that is none', async () => {
    const { buckets } = open('no');
    expect(await meaning(buckets.create())).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('end when the signal aborts', async () => {
    const { buckets } = open();
    const signal = AbortSignal.abort();
    const calls: Promise<unknown>[] = [
      buckets.exists({ signal }),
      buckets.create({ signal }),
      buckets.list({ signal }),
    ];
    for (const call of calls) await expect(within(call)).rejects.toMatchObject({ name: 'AbortError' });
  });

  if (name === 'ceph-rgw') {
    it('of somebody else are neither taken nor said to be missing', async () => {
      const { bucket, buckets } = open();
      await buckets.create();
      const client = clientOf(server(), server().other);
      const others = new S3Buckets(() => client, bucket);
      expect(await meaning(others.create())).toMatchObject({ code: 'CONFLICT', reason: 'bucket-taken' });
      expect(await meaning(others.exists())).toMatchObject({ code: 'PERMISSION_DENIED' });
      client.destroy();
      await buckets.delete();
    });
  }

  if (name === 'minio') {
    it('can be in another region than that of the client', async () => {
      const { buckets } = open();
      await buckets.create({ region: 'eu-west-1' });
      expect(await buckets.exists()).toBe(true);
      await buckets.delete();
    });
  }
});

describe('An access point', () => {
  it('is no bucket', async () => {
    const arn = 'arn:aws:s3:us-east-1:123456789012:accesspoint/mine';
    const client = new S3Client({
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    const buckets = new S3Buckets(() => client, arn);
    for (const work of [() => buckets.create(), () => buckets.exists(), () => buckets.delete()])
      expect(await meaning(work())).toEqual({ code: 'INVALID_ARGUMENT', reason: 'bucket' });
    client.destroy();
  });
});

describe('A bucket in another region of AWS', () => {
  it('is not made by a client of this one', async () => {
    const client = new S3Client({
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    const work = new S3Buckets(() => client, newName()).create({
      region: 'eu-west-1',
      signal: AbortSignal.abort(),
    });
    expect(await meaning(work)).toEqual({ code: 'INVALID_ARGUMENT', reason: 'region' });
    client.destroy();
  });
});

describe('Options of buckets', () => {
  /** It would fail in another way if anything were sent. */
  const buckets = new S3Buckets(() => {
    throw new Error('A client is asked for');
  }, 'mine');
  const calls = (options: unknown): (() => Promise<unknown>)[] => [
    () => buckets.create(options as BucketOptions),
    () => buckets.exists(options as BucketOptions),
    () => buckets.delete(options as BucketOptions),
    () => buckets.region(options as BucketOptions),
  ];
  const wrong: [string, unknown, RegExp][] = [
    ['an unknown name', { name: 'x' }, /has no option name: its options are bucket/],
    ['a string', 'x', /options are a string: pass an object, such as \{ bucket \}/],
    ['null', null, /options are null/],
    ['a bucket that is no string', { bucket: 5 }, /bucket is 5: pass its name/],
    ['a bucket that is null', { bucket: null }, /bucket is null/],
    ['an empty bucket', { bucket: '' }, /bucket is ""/],
  ];

  it.each(wrong)('are refused when they are or have %s', async (_, options, message) => {
    for (const call of calls(options))
      await expect(call()).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        reason: 'options',
        message: expect.stringMatching(message) as unknown,
      });
  });

  it('of a list have no bucket', async () => {
    const options = { bucket: 'x' } as object;
    await expect(buckets.list(options)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
