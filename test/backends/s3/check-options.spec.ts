import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from '@jest/globals';
import { S3Backend } from '../../../src/backends/s3/backend.js';
import type { S3BackendOptions } from '../../../src/backends/s3/options.js';
import { profileOf } from '../../../src/backends/s3/profiles/profiles.js';
import { StorageError } from '../../../src/core/error.js';

const credentials = { accessKeyId: 'key', secretAccessKey: 'very-secret' };
const make = (options: unknown): S3Backend => new S3Backend(options as S3BackendOptions);
const region = () => Promise.resolve('us-east-1');
const identify = () => [];
const send = () => Promise.resolve({});

function refusalOf(options: unknown): StorageError {
  try {
    make(options);
  } catch (error) {
    if (StorageError.is(error)) return error;
    throw error;
  }
  throw new Error('They are taken');
}

describe('The options of S3Backend', () => {
  it.each([
    [undefined, /^S3Backend: the options are undefined/],
    ['files', /^S3Backend: the options are a string: pass \{ bucket/],
    [{}, /^S3Backend: bucket is undefined: pass the name/],
    [
      { bucket: 'b', accessKey: 'x', Region: 'y' },
      /^S3Backend has no option accessKey, Region: its options are/,
    ],
  ])('are an object of known names: %j', (options, message) => {
    expect(refusalOf(options)).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'config' });
    expect(refusalOf(options).message).toMatch(message);
  });

  it.each([
    ['bucket', ['', 'a/b', 'a?b', 'a#b', 'a b', 'a\n', 5, null, 'arn:aws:s3:x?y']],
    ['endpoint', ['localhost:9000', 's3.example.com', '', 'ftp://a', 'http://', 'http://a b', 5, null]],
    ['region', ['', 'us east', 'us/east', 'a.b', 'evil.example.com#', '-a', 5, null, () => 'us-east-1']],
    ['checksum', ['crc32c', 'CRC32', '', true, null]],
    ['payload', ['no', true]],
    ['requests', ['own', 1]],
    ['profile', [5, null, [], true]],
    ['client', [{}, 'x', null]],
    ['forcePathStyle', ['true', 1, null]],
    ['useDualstackEndpoint', ['true']],
    ['useFipsEndpoint', ['false']],
    ['useArnRegion', [0]],
  ])('have a valid %s', (name, values) => {
    for (const value of values) {
      const error = refusalOf({ bucket: 'b', region: 'us-east-1', [name]: value });
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'config' });
      expect(error.message).toMatch(new RegExp(`^S3Backend: ${name} is .*: pass `));
    }
  });

  it.each([
    ['nothing else', {}],
    ['no middleware', { config: { region, forcePathStyle: false } }],
    ['no region', { config: { forcePathStyle: false }, middlewareStack: { identify } }],
    ['what a client of another service has', { config: { region }, middlewareStack: { identify } }],
  ])('have a client, not what can send and has %s', (_, client) => {
    const error = refusalOf({ bucket: 'b', client: { send, destroy: send, ...client } });
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'config' });
    expect(error.message).toMatch(/^S3Backend: client is an object: pass an S3Client of /);
  });

  it('have an endpoint without credentials and query, which no message shows', () => {
    for (const endpoint of [
      'https://key:very-secret@host',
      'https://host/?token=very-secret',
      'key:very-secret@host',
    ]) {
      const { message } = refusalOf({ bucket: 'b', endpoint });
      expect(message).toMatch(/^S3Backend: endpoint has credentials, a query or a fragment/);
      expect(message).not.toContain('very-secret');
    }
  });

  it.each([
    ['very-secret', /^S3Backend: credentials are a string/],
    [null, /^S3Backend: credentials are null/],
    [{ accessKeyId: 'very-secret' }, /^S3Backend: credentials\.secretAccessKey is undefined/],
    [{ accessKeyId: '', secretAccessKey: 'very-secret' }, /^S3Backend: credentials\.accessKeyId is empty/],
    [
      { accessKeyId: ['very-secret'], secretAccessKey: 'x' },
      /^S3Backend: credentials\.accessKeyId is an array/,
    ],
    [{ ...credentials, sessionToken: 5 }, /^S3Backend: credentials\.sessionToken is a number/],
    [{ ...credentials, expiration: 'tomorrow' }, /^S3Backend: credentials\.expiration is a string/],
  ])('have credentials, which no message shows', (value, message) => {
    const error = refusalOf({ bucket: 'b', credentials: value });
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'config' });
    expect(error.message).toMatch(message);
    expect(error.message).not.toMatch(/very-secret|tomorrow/);
  });

  it.each([
    5,
    null,
    { expiresIn: 0 },
    { expiresIn: 604_801 },
    { expiresIn: 1.5 },
    { expiresIn: '60' },
    { seconds: 5 },
  ])('have a valid signing, not %j', (signing) => {
    expect(refusalOf({ bucket: 'b', signing })).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'config' });
  });

  it('are taken as they are documented', async () => {
    const client = new S3Client({ region: 'us-east-1', credentials });
    const given: S3BackendOptions[] = [
      { bucket: 'b', region: undefined, credentials: undefined, endpoint: undefined },
      { bucket: 'Old_Bucket.name', region: 'eu-central-1', credentials, forcePathStyle: false },
      { bucket: 'arn:aws:s3:us-west-2:123456789012:accesspoint/point', region: 'us-west-2' },
      { bucket: 'b', endpoint: 'http://localhost:9000/', profile: 'minio', signing: { expiresIn: 604_800 } },
      { bucket: 'b', endpoint: 'https://[::1]:9000/base', profile: profileOf({ name: 'ceph-rgw' }) },
      { bucket: 'b', client, checksum: 'none', payload: 'signed', requests: 'sdk' },
      { bucket: 'b', region: 'auto', credentials: () => Promise.resolve(credentials) },
      {
        bucket: 'b',
        region: 'default',
        credentials: { ...credentials, sessionToken: 't', expiration: new Date() },
      },
    ];
    for (const options of given) await make(options).close();
    client.destroy();
  });
});
