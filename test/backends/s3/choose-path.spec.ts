import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from '@jest/globals';
import { pathOf } from '../../../src/backends/s3/choose-path.js';

const clientOf = () => new S3Client({ region: 'eu-west-1' });

describe('Who sends the requests of a bucket', () => {
  it.each([
    'bucket',
    'my.bucket',
    'x-s3',
    'bucket--x-s3-backup',
    'arn:aws:s3:us-west-2:123456789012:accesspoint/point',
    'arn:aws:s3:us-west-2:123456789012:accesspoint/mrap',
    'arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/point',
  ])('is our own code: %s', (bucket) => {
    expect(pathOf({ bucket })).toBe('own');
    expect(pathOf({ bucket, client: clientOf(), requests: 'auto' })).toBe('own');
    expect(pathOf({ bucket, requests: 'sdk' })).toBe('sdk');
  });

  it.each([
    'bucket--usw2-az1--x-s3',
    'point--usw2-az1--xa-s3',
    'point-o01234567890123456--op-s3',
    'arn:aws:s3::123456789012:accesspoint:mfzwi23gnjvgw.mrap',
    'arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap',
    'arn:aws-us-gov:s3-outposts:us-gov-west-1:123456789012:outpost/op-1/accesspoint/point',
  ])('is the SDK for what is signed in another way: %s', (bucket) => {
    expect(pathOf({ bucket })).toBe('sdk');
  });

  it('is the SDK for a client with a middleware, named or not, wherever it stands', () => {
    for (const step of ['initialize', 'serialize', 'build', 'finalizeRequest', 'deserialize'] as const) {
      for (const name of [undefined, 'mine']) {
        const client = clientOf();
        client.middlewareStack.add((next) => (args) => next(args), {
          step: step as 'initialize',
          ...(name && { name }),
        });
        expect(pathOf({ bucket: 'bucket', client })).toBe('sdk');
      }
    }
  });

  it('is the SDK for a client without one of its own', () => {
    const client = clientOf();
    client.middlewareStack.remove('recursionDetectionMiddleware');
    expect(pathOf({ bucket: 'bucket', client })).toBe('sdk');
  });

  it('is our own code for a client with other options', () => {
    const client = new S3Client({
      endpoint: 'http://localhost:9000',
      forcePathStyle: true,
      maxAttempts: 1,
      followRegionRedirects: true,
    });
    expect(pathOf({ bucket: 'bucket', client })).toBe('own');
  });
});
