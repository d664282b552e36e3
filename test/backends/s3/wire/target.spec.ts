import { HeadObjectCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { describe, expect, it } from '@jest/globals';
import { inRegion, resolveTarget, type Target } from '../../../../src/backends/s3/wire/target.js';

const POINT = 'arn:aws:s3:us-west-2:123456789012:accesspoint/point';
const OBJECT_LAMBDA = 'arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/point';

interface Row {
  readonly bucket?: string;
  readonly config?: S3ClientConfig;
  /** Where requests go: scheme, host and what comes before the key. */
  readonly url: string;
  /** Default: `eu-west-1`, the client's. */
  readonly region?: string;
  readonly service?: string;
  /** Where they go when the server says that the bucket is in `ap-south-1`. */
  readonly moved: string;
  readonly movedRegion?: string;
}

const ROWS: Readonly<Record<string, Row>> = {
  'AWS, the bucket in the name of the host': {
    url: 'https://bucket.s3.eu-west-1.amazonaws.com',
    moved: 'https://bucket.s3.ap-south-1.amazonaws.com',
  },
  'us-east-1': {
    config: { region: 'us-east-1' },
    url: 'https://bucket.s3.us-east-1.amazonaws.com',
    region: 'us-east-1',
    moved: 'https://bucket.s3.ap-south-1.amazonaws.com',
  },
  'path style': {
    config: { forcePathStyle: true },
    url: 'https://s3.eu-west-1.amazonaws.com/bucket',
    moved: 'https://s3.ap-south-1.amazonaws.com/bucket',
  },
  // No certificate covers `my.bucket.s3…`.
  'a bucket with dots, which goes into the path': {
    bucket: 'my.bucket',
    url: 'https://s3.eu-west-1.amazonaws.com/my.bucket',
    moved: 'https://s3.ap-south-1.amazonaws.com/my.bucket',
  },
  'an old name, which is no host': {
    bucket: 'Bucket_Old',
    url: 'https://s3.eu-west-1.amazonaws.com/Bucket_Old',
    moved: 'https://s3.ap-south-1.amazonaws.com/Bucket_Old',
  },
  'dual-stack': {
    config: { useDualstackEndpoint: true },
    url: 'https://bucket.s3.dualstack.eu-west-1.amazonaws.com',
    moved: 'https://bucket.s3.dualstack.ap-south-1.amazonaws.com',
  },
  FIPS: {
    config: { useFipsEndpoint: true },
    url: 'https://bucket.s3-fips.eu-west-1.amazonaws.com',
    moved: 'https://bucket.s3-fips.ap-south-1.amazonaws.com',
  },
  'FIPS and dual-stack, in path style': {
    config: { useFipsEndpoint: true, useDualstackEndpoint: true, forcePathStyle: true },
    url: 'https://s3-fips.dualstack.eu-west-1.amazonaws.com/bucket',
    moved: 'https://s3-fips.dualstack.ap-south-1.amazonaws.com/bucket',
  },
  acceleration: {
    config: { useAccelerateEndpoint: true },
    url: 'https://bucket.s3-accelerate.amazonaws.com',
    moved: 'https://bucket.s3-accelerate.amazonaws.com',
  },
  China: {
    config: { region: 'cn-north-1' },
    url: 'https://bucket.s3.cn-north-1.amazonaws.com.cn',
    region: 'cn-north-1',
    moved: 'https://bucket.s3.ap-south-1.amazonaws.com',
  },
  'an access point': {
    bucket: POINT,
    config: { useArnRegion: true },
    url: 'https://point-123456789012.s3-accesspoint.us-west-2.amazonaws.com',
    region: 'us-west-2',
    moved: 'https://point-123456789012.s3-accesspoint.us-west-2.amazonaws.com',
    movedRegion: 'us-west-2',
  },
  'an access point, by dual-stack': {
    bucket: POINT,
    config: { useArnRegion: true, useDualstackEndpoint: true },
    url: 'https://point-123456789012.s3-accesspoint.dualstack.us-west-2.amazonaws.com',
    region: 'us-west-2',
    moved: 'https://point-123456789012.s3-accesspoint.dualstack.us-west-2.amazonaws.com',
    movedRegion: 'us-west-2',
  },
  'an access point of an object lambda, another service': {
    bucket: OBJECT_LAMBDA,
    config: { useArnRegion: true },
    url: 'https://point-123456789012.s3-object-lambda.us-west-2.amazonaws.com',
    region: 'us-west-2',
    service: 's3-object-lambda',
    moved: 'https://point-123456789012.s3-object-lambda.us-west-2.amazonaws.com',
    movedRegion: 'us-west-2',
  },
  'an access point at an endpoint': {
    bucket: POINT,
    config: { useArnRegion: true, endpoint: 'https://gateway.test' },
    url: 'https://point-123456789012.gateway.test',
    region: 'us-west-2',
    moved: 'https://point-123456789012.gateway.test',
  },
  'an endpoint, the bucket in the name of the host': {
    config: { endpoint: 'http://localhost:9000' },
    url: 'http://bucket.localhost:9000',
    moved: 'http://bucket.localhost:9000',
  },
  'an endpoint in path style': {
    config: { endpoint: 'http://localhost:9000', forcePathStyle: true },
    url: 'http://localhost:9000/bucket',
    moved: 'http://localhost:9000/bucket',
  },
  'an endpoint with a path': {
    config: { endpoint: 'https://gateway.test/s3/v1/', forcePathStyle: true },
    url: 'https://gateway.test/s3/v1/bucket',
    moved: 'https://gateway.test/s3/v1/bucket',
  },
  'an endpoint with a path, the bucket in the name of the host': {
    config: { endpoint: 'https://gateway.test/s3/v1' },
    url: 'https://bucket.gateway.test/s3/v1',
    moved: 'https://bucket.gateway.test/s3/v1',
  },
  'an endpoint with the port of its scheme': {
    config: { endpoint: 'https://gateway.test:443', forcePathStyle: true },
    url: 'https://gateway.test/bucket',
    moved: 'https://gateway.test/bucket',
  },
  'a bucket with dots at an endpoint': {
    bucket: 'my.bucket',
    config: { endpoint: 'https://gateway.test' },
    url: 'https://gateway.test/my.bucket',
    moved: 'https://gateway.test/my.bucket',
  },
  'an address, which has no names below it': {
    config: { endpoint: 'http://127.0.0.1:9000' },
    url: 'http://127.0.0.1:9000/bucket',
    moved: 'http://127.0.0.1:9000/bucket',
  },
  'an address of IPv6': {
    config: { endpoint: 'http://[::1]:9000' },
    url: 'http://[::1]:9000/bucket',
    moved: 'http://[::1]:9000/bucket',
  },
};

function clientOf(config: S3ClientConfig = {}): S3Client {
  const credentials = { accessKeyId: 'access', secretAccessKey: 'secret' };
  return new S3Client({ region: 'eu-west-1', credentials, ...config });
}

const urlOf = ({ secure, host, basePath }: Target): string =>
  `${secure ? 'https' : 'http'}://${host}${basePath}`;

/** What the SDK itself would send for the key `k`, and to whom it would sign it. */
async function sdkRequest(client: S3Client, bucket: string): Promise<{ url: string; scope: string }> {
  const command = new HeadObjectCommand({ Bucket: bucket, Key: 'k' });
  let found = { url: '', scope: '' };
  command.middlewareStack.add(
    () => (args) => {
      const { protocol, hostname, port, path, headers } = args.request as {
        readonly protocol: string;
        readonly hostname: string;
        readonly port?: number;
        readonly path: string;
        readonly headers: Readonly<Record<string, string>>;
      };
      const authority = port === undefined ? hostname : `${hostname}:${port}`;
      const [, scope = ''] = /\/\d{8}\/(.+?)\/aws4_request/.exec(headers['authorization'] ?? '') ?? [];
      found = { url: `${protocol}//${authority}${path}`, scope };
      throw new Error('It is not sent');
    },
    { step: 'deserialize', priority: 'low' },
  );
  await expect(client.send(command)).rejects.toThrow('It is not sent');
  return found;
}

describe('The target of a bucket', () => {
  for (const [name, row] of Object.entries(ROWS)) {
    const {
      bucket = 'bucket',
      config,
      region = 'eu-west-1',
      service = 's3',
      movedRegion = 'ap-south-1',
    } = row;

    it(`is that of the SDK: ${name}`, async () => {
      const client = clientOf(config);
      const target = await resolveTarget(client, bucket);
      expect({ url: urlOf(target), region: target.region, service: target.service }).toEqual({
        url: row.url,
        region,
        service,
      });
      const { url, scope } = await sdkRequest(client, bucket);
      // With the port of its scheme or without, as the endpoint has it.
      expect(new URL(url).href).toBe(`${urlOf(target)}/k`);
      expect(scope).toBe(`${region}/${service}`);
    });

    it(`moves to another region: ${name}`, async () => {
      const client = clientOf(config);
      const target = await resolveTarget(client, bucket);
      const moved = await inRegion(client, target, bucket, 'ap-south-1');
      expect({ url: urlOf(moved), region: moved.region, service: moved.service }).toEqual({
        url: row.moved,
        region: movedRegion,
        service,
      });
    });
  }

  it('has a name to connect to and the port of its scheme', async () => {
    expect(await resolveTarget(clientOf(), 'bucket')).toMatchObject({ port: 443, secure: true });
    const plain = await resolveTarget(clientOf({ endpoint: 'http://[::1]' }), 'bucket');
    expect(plain).toMatchObject({ hostname: '::1', port: 80, host: '[::1]', secure: false });
  });

  it.each([
    ['a multi-region access point', 'arn:aws:s3::123456789012:accesspoint:name.mrap', 'sigv4a'],
    [
      'an access point on Outposts',
      'arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-01234567890123456/accesspoint/point',
      'sigv4a',
    ],
    ['a directory bucket', 'bucket--usw2-az1--x-s3', 'sigv4-s3express'],
  ])('is refused for what is signed in another way: %s', async (_, bucket, scheme) => {
    await expect(resolveTarget(clientOf({ useArnRegion: true }), bucket)).rejects.toThrow(scheme);
  });

  it('is refused for the access point of another region where that is not allowed', async () => {
    await expect(resolveTarget(clientOf({ useArnRegion: false }), POINT)).rejects.toThrow('UseArnRegion');
  });
});
