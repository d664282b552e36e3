import { describe, expect, it } from '@jest/globals';
import { readEnv, type StorageEnv } from '../../src/config/env.js';
import { placeOf } from '../../src/config/place.js';
import { StorageError } from '../../src/core/error.js';

type Values = Readonly<Record<string, unknown>>;

const read = (values: Values = {}, names?: readonly string[]): StorageEnv =>
  readEnv((name) => values[name], names);

function problem(values: Values, names?: readonly string[]): StorageError {
  try {
    read(values, names);
  } catch (error) {
    if (StorageError.is(error)) return error;
    throw error;
  }
  throw new Error('It was accepted');
}

const problemLines = (values: Values, names?: readonly string[]): string[] =>
  problem(values, names).message.split('\n  ').slice(1);

describe('an environment', () => {
  it('needs no variable at all', () => {
    const env = read();
    expect(env).toMatchObject({
      provider: 'local',
      local: { root: './data', durability: 'full' },
      presignedUrlExpiry: 900,
      maxMultipartSize: 104_857_600,
      maxUploadSize: 104_857_600,
      encryption: false,
      createBuckets: false,
      inactive: [],
    });
    expect(env.s3).toMatchObject({ endpoint: undefined, region: 'us-east-1', bucket: undefined });
    expect(env.retentionDays).toBeUndefined();
  });

  it('is read in full', () => {
    const env = read({
      STORAGE_PROVIDER: 'minio',
      STORAGE_LOCAL_ROOT: '/srv/files',
      STORAGE_DURABILITY: 'rename',
      STORAGE_SIGNING_SECRET: 'sign'.repeat(8),
      STORAGE_PUBLIC_URL: 'https://files.example.com/base/',
      STORAGE_CONNECT_TIMEOUT_MS: '1',
      STORAGE_IDLE_TIMEOUT_MS: '2',
      STORAGE_MAX_SOCKETS: '3',
      STORAGE_CREATE_BUCKETS: 'true',
      STORAGE_PRESIGNED_URL_EXPIRY: '604800',
      STORAGE_MAX_MULTIPART_SIZE: '5',
      STORAGE_MAX_TRANSFER_MEMORY: '5242880',
      ENABLE_STORAGE_ENCRYPTION: 'TRUE',
      STORAGE_RETENTION_DAYS: '30',
      MAX_UPLOAD_SIZE: '2097152',
      MAX_FILE_SIZE_MB: '2',
      S3_ENDPOINT: 'http://s3.example.com:8080/',
      S3_ACCESS_KEY: 'ak',
      S3_SECRET_KEY: 'sk',
      S3_REGION: 'eu-west-1',
      S3_BUCKET: 'all',
      S3_USE_SSL: 'false',
      S3_FORCE_PATH_STYLE: '1',
      S3_SIGNATURE_VERSION: 's3v4',
      S3_PROFILE: 'ceph-rgw',
      MINIO_ENDPOINT: '10.0.0.1:9000',
      MINIO_ACCESS_KEY: 'mak',
      MINIO_SECRET_KEY: 'msk',
      MINIO_SECURE: '0',
      MINIO_REGION: 'local',
    });
    expect(env).toMatchObject({
      provider: 'minio',
      local: { root: '/srv/files', durability: 'rename' },
      signingSecret: 'sign'.repeat(8),
      publicUrl: 'https://files.example.com/base',
      connectTimeoutMs: 1,
      idleTimeoutMs: 2,
      maxSockets: 3,
      createBuckets: true,
      presignedUrlExpiry: 604_800,
      maxMultipartSize: 5,
      maxTransferMemory: 5_242_880,
      encryption: true,
      retentionDays: 30,
      maxUploadSize: 2_097_152,
      s3: {
        endpoint: 'http://s3.example.com:8080',
        accessKey: 'ak',
        secretKey: 'sk',
        region: 'eu-west-1',
        bucket: 'all',
        forcePathStyle: true,
        profile: 'ceph-rgw',
      },
      minio: { endpoint: 'http://10.0.0.1:9000', accessKey: 'mak', secretKey: 'msk', region: 'local' },
    });
  });

  it('takes numbers and booleans as a ConfigService may give them, and trims text', () => {
    const env = read({
      STORAGE_PRESIGNED_URL_EXPIRY: 60,
      ENABLE_STORAGE_ENCRYPTION: true,
      S3_FORCE_PATH_STYLE: 0,
      STORAGE_LOCAL_ROOT: '  ./files\t',
    });
    expect(env).toMatchObject({ presignedUrlExpiry: 60, encryption: true, local: { root: './files' } });
    expect(env.s3.forcePathStyle).toBe(false);
  });

  it.each(['', '   ', null, undefined])('takes %j for not set', (value) => {
    expect(
      read({ STORAGE_PROVIDER: value, STORAGE_PRESIGNED_URL_EXPIRY: value, S3_ENDPOINT: value }),
    ).toEqual(read());
  });

  it.each([
    ['STORAGE_PROVIDER', 'ftp', 'STORAGE_PROVIDER is "ftp": pass local, s3 or minio'],
    ['STORAGE_PROVIDER', 'S3', 'STORAGE_PROVIDER is "S3": pass local, s3 or minio'],
    ['STORAGE_DURABILITY', 'fast', 'STORAGE_DURABILITY is "fast": pass full or rename'],
    ['STORAGE_LOCAL_ROOT', 'a\0b', 'STORAGE_LOCAL_ROOT is "a\\u0000b": pass a path'],
    ['S3_SIGNATURE_VERSION', 'v2', 'S3_SIGNATURE_VERSION is "v2": pass s3v4'],
    ['S3_USE_SSL', 'maybe', 'S3_USE_SSL is "maybe": pass true or false'],
    ['S3_FORCE_PATH_STYLE', 2, 'S3_FORCE_PATH_STYLE is 2: pass true or false'],
    [
      'S3_PROFILE',
      'ceph',
      'S3_PROFILE is "ceph": pass aws, minio, ceph-rgw, versitygw, moto, garage, r2, b2 or other',
    ],
    ['STORAGE_CREATE_BUCKETS', 'yes', 'STORAGE_CREATE_BUCKETS is "yes": pass true or false'],
    ['MINIO_SECURE', {}, 'MINIO_SECURE is a value of the type object: pass true or false'],
    [
      'STORAGE_PRESIGNED_URL_EXPIRY',
      '0',
      'STORAGE_PRESIGNED_URL_EXPIRY is "0": pass a whole number of seconds from 1 to 604800',
    ],
    ['STORAGE_PRESIGNED_URL_EXPIRY', '604801', /"604801": pass a whole number of seconds from 1 to 604800$/],
    ['STORAGE_PRESIGNED_URL_EXPIRY', '15m', /"15m": pass a whole number/],
    ['STORAGE_PRESIGNED_URL_EXPIRY', '1e2', /"1e2": pass a whole number/],
    ['STORAGE_PRESIGNED_URL_EXPIRY', 1.5, /1\.5: pass a whole number/],
    ['STORAGE_MAX_MULTIPART_SIZE', '-1', /pass a whole number of bytes/],
    ['STORAGE_MAX_TRANSFER_MEMORY', '5242879', /pass a whole number of bytes from 5242880/],
    ['STORAGE_CONNECT_TIMEOUT_MS', '0', /pass a whole number of milliseconds from 1/],
    ['STORAGE_IDLE_TIMEOUT_MS', '2147483648', /from 1 to 2147483647/],
    ['STORAGE_MAX_SOCKETS', '0', /from 1 to 65535/],
    ['STORAGE_RETENTION_DAYS', '0', /whole number of days from 1/],
    ['MAX_UPLOAD_SIZE', '10MB', /whole number of bytes from 1/],
    ['MAX_FILE_SIZE_MB', '0.5', /whole number of MiB from 1/],
    ['S3_ENDPOINT', 'ftp://x', /pass http:\/\/host:port or https/],
    ['S3_ENDPOINT', 'http://x/path', /without credentials or path/],
    ['S3_ENDPOINT', 'http://x:99999', /pass http:\/\/host:port/],
    ['MINIO_ENDPOINT', 'http://', /pass http:\/\/host:port/],
    ['STORAGE_PUBLIC_URL', 'files.example.com', /a URL that begins with http/],
    ['S3_REGION', 'us east', /^S3_REGION is "us east": pass a region: letters, digits/],
    ['MINIO_REGION', 'evil.example.com/', /pass a region/],
    ['S3_BUCKET', 'a/b', /the name of a bucket/],
    ['MINIO_BUCKET_AUDIO', 'ab', /^MINIO_BUCKET_AUDIO is "ab": pass the name of a bucket/],
    [
      'S3_BUCKET_IMAGES',
      'no bucket',
      /^S3_BUCKET_IMAGES is "no bucket": S3_BUCKET is not set, so pass the name/,
    ],
  ])('refuses %s=%j', (name, value, message) => {
    const lines = problemLines({ [name]: value });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(message);
  });

  it('tells all problems at once', () => {
    const values = {
      STORAGE_PROVIDER: 'x',
      S3_USE_SSL: 'x',
      MAX_UPLOAD_SIZE: 'x',
      MINIO_BUCKET_DOCUMENTS: '/',
    };
    const error = problem(values, ['a/b']);
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'config' });
    expect(error.message.split('\n  ')).toEqual([
      'The configuration of the storages has 5 problems:',
      expect.stringMatching(/^The name of a storage is "a\/b": pass up to 63 letters, digits/),
      expect.stringMatching(/^STORAGE_PROVIDER is "x"/),
      expect.stringMatching(/^S3_USE_SSL is "x"/),
      expect.stringMatching(/^MAX_UPLOAD_SIZE is "x"/),
      expect.stringMatching(/^MINIO_BUCKET_DOCUMENTS is "\/"/),
    ]);
  });

  it.each([
    [
      'S3_ENDPOINT',
      'https://x',
      'S3_USE_SSL',
      'false',
      'S3_USE_SSL is false: S3_ENDPOINT begins with https://',
    ],
    ['S3_ENDPOINT', 'http://x', 'S3_USE_SSL', 'true', 'S3_USE_SSL is true: S3_ENDPOINT begins with http://'],
    [
      'MINIO_ENDPOINT',
      'https://x',
      'MINIO_SECURE',
      false,
      'MINIO_SECURE is false: MINIO_ENDPOINT begins with',
    ],
    [
      'MINIO_ENDPOINT',
      'HTTP://x',
      'MINIO_SECURE',
      true,
      'MINIO_SECURE is true: MINIO_ENDPOINT begins with http:',
    ],
  ])('refuses %s=%s with %s=%s', (name, url, flag, value, message) => {
    const lines = problemLines({ [name]: url, [flag]: value });
    expect(lines).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    ['x:9000', undefined, 'https://x:9000'],
    ['x:9000', 'false', 'http://x:9000'],
    ['x', 'true', 'https://x'],
    ['http://x', undefined, 'http://x'],
    ['https://x', 'true', 'https://x'],
    ['[::1]:9000', 'false', 'http://[::1]:9000'],
  ])('makes of %s, TLS %s, the endpoint %s', (host, secure, url) => {
    const env = read({ S3_ENDPOINT: host, S3_USE_SSL: secure, MINIO_ENDPOINT: host, MINIO_SECURE: secure });
    expect([env.s3.endpoint, env.minio.endpoint]).toEqual([url, url]);
  });

  it.each([
    ['S3_ACCESS_KEY', 'S3_SECRET_KEY'],
    ['S3_SECRET_KEY', 'S3_ACCESS_KEY'],
    ['MINIO_ACCESS_KEY', 'MINIO_SECRET_KEY'],
    ['MINIO_SECRET_KEY', 'MINIO_ACCESS_KEY'],
  ])('refuses %s without %s', (present, missing) => {
    expect(problemLines({ [present]: 'hunter2' })).toEqual([
      `${missing} is not set: ${present} is, and one is of no use without the other: set both or neither`,
    ]);
  });

  it('needs to know where MinIO is, but no keys', () => {
    expect(problemLines({ STORAGE_PROVIDER: 'minio' })).toEqual([
      'MINIO_ENDPOINT is not set: STORAGE_PROVIDER is minio, so pass http://host:port of the server, or https://',
    ]);
    expect(read({ STORAGE_PROVIDER: 'minio', MINIO_ENDPOINT: 'x:9000' }).minio).toMatchObject({
      endpoint: 'https://x:9000',
      accessKey: undefined,
    });
    expect(read({ STORAGE_PROVIDER: 's3' }).s3.endpoint).toBeUndefined();
  });

  it('does not call missing what is wrong', () => {
    const values = {
      STORAGE_PROVIDER: 'minio',
      MINIO_ENDPOINT: 'ftp://x',
      S3_ACCESS_KEY: 'a',
      S3_SECRET_KEY: '\u0007',
    };
    expect(problemLines(values)).toEqual([
      'S3_SECRET_KEY is ***: pass any text',
      expect.stringMatching(/^MINIO_ENDPOINT is "ftp:/),
    ]);
  });

  it('takes one limit of uploads from two variables', () => {
    expect(read({ MAX_UPLOAD_SIZE: '1' }).maxUploadSize).toBe(1);
    expect(read({ MAX_FILE_SIZE_MB: '3' }).maxUploadSize).toBe(3 * 1024 ** 2);
    expect(problemLines({ MAX_UPLOAD_SIZE: '3000000', MAX_FILE_SIZE_MB: '3' })).toEqual([
      'MAX_FILE_SIZE_MB is 3: that is 3145728 bytes, and MAX_UPLOAD_SIZE is 3000000: set one of the two',
    ]);
  });

  it('lists what is asked for and not acted upon, but no default', () => {
    const values = {
      STORAGE_SIGNING_SECRET: 's'.repeat(32),
      STORAGE_RETENTION_DAYS: '3',
      ENABLE_STORAGE_ENCRYPTION: '0',
      STORAGE_LOCAL_ROOT: 'x',
    };
    expect(read(values).inactive).toEqual(['STORAGE_RETENTION_DAYS']);
  });
});

describe('secrets', () => {
  const SECRET = 'hunter2\u0007';
  it.each(['S3_ACCESS_KEY', 'S3_SECRET_KEY', 'MINIO_ACCESS_KEY', 'MINIO_SECRET_KEY'])(
    'are never shown: %s',
    (name) => {
      expect(problemLines({ [name]: SECRET })).toEqual([`${name} is ***: pass any text`]);
    },
  );

  it.each([SECRET, 'x'.repeat(31)])('that sign URLs are never shown, and have 32 characters: %j', (value) => {
    expect(problemLines({ STORAGE_SIGNING_SECRET: value })).toEqual([
      'STORAGE_SIGNING_SECRET is ***: pass 32 characters or more; `openssl rand -hex 32` makes one',
    ]);
    expect(read({ STORAGE_SIGNING_SECRET: 'x'.repeat(32) }).signingSecret).toHaveLength(32);
  });

  it.each([
    ['S3_ENDPOINT', 'http://user:hunter2@host'],
    ['S3_ENDPOINT', 'user:hunter2@host'],
    ['S3_ENDPOINT', 'http://user:p@hun/ter2@host'],
    ['MINIO_ENDPOINT', 'http://host?token=hunter2'],
    ['STORAGE_PUBLIC_URL', 'https://user:hunter2@host/x'],
    ['STORAGE_CDN_URL', 'https://user:hunter2@host/x'],
    ['STORAGE_PROVIDER', 's3://user:hunter2@host'],
    ['STORAGE_PUBLIC_URL', 'https://host/#hunter2'],
  ])('are masked in the URL of %s=%s', (name, value) => {
    const { message } = problem({ [name]: value });
    expect(message).toContain('***');
    expect(message).not.toMatch(/hunter2|ter2/);
  });
});

describe('the URL of a CDN', () => {
  it('is that of one storage, and of no other', () => {
    const env = read(
      { STORAGE_CDN_URL: 'https://cdn.example.com/', STORAGE_CDN_URL_USER_FILES: 'https://u.example.com/f/' },
      ['default', 'user-files', 'audio'],
    );
    expect([...env.cdnUrls]).toEqual([
      ['default', 'https://cdn.example.com'],
      ['user-files', 'https://u.example.com/f'],
    ]);
  });

  it('is refused by the name of its variable', () => {
    expect(problem({ STORAGE_CDN_URL_AUDIO: 'cdn.example.com' }, ['audio']).message).toMatch(
      /STORAGE_CDN_URL_AUDIO is "cdn.example.com": pass a URL/,
    );
  });
});

describe('the place of a storage', () => {
  it('is a bucket of its own', () => {
    const env = read({ S3_BUCKET_DOCUMENTS: 'docs', S3_BUCKET_USER_FILES: 'Old_Bucket' }, ['user-files']);
    expect(placeOf(env, 's3', 'documents')).toEqual({ bucket: 'docs', prefix: '' });
    expect(placeOf(env, 's3', 'user-files')).toEqual({ bucket: 'Old_Bucket', prefix: '' });
  });

  it('is a prefix in S3_BUCKET', () => {
    const env = read({ S3_BUCKET: 'all', S3_BUCKET_DOCUMENTS: 'my/docs/' });
    expect(placeOf(env, 's3', 'documents')).toEqual({ bucket: 'all', prefix: 'my/docs/' });
    expect(placeOf(env, 's3', 'audio')).toEqual({ bucket: 'all', prefix: 'audio/' });
    expect(placeOf(env, 's3', 'default')).toEqual({ bucket: 'all', prefix: '' });
    expect(problemLines({ S3_BUCKET: 'all', S3_BUCKET_AUDIO: 'a//b' })).toEqual([
      'S3_BUCKET_AUDIO is "a//b": pass a key prefix in S3_BUCKET (it has an empty segment)',
    ]);
  });

  it('is a bucket with MinIO, whatever S3_BUCKET says', () => {
    const env = read({ S3_BUCKET: 'all', MINIO_BUCKET_IMAGES: 'pictures', MINIO_BUCKET_X1: 'other' }, ['x1']);
    expect(placeOf(env, 'minio', 'images')).toEqual({ bucket: 'pictures', prefix: '' });
    expect(placeOf(env, 'minio', 'x1')).toEqual({ bucket: 'other', prefix: '' });
  });

  it('has to be said', () => {
    const missing = (provider: 's3' | 'minio', name: string) => () => placeOf(read(), provider, name);
    expect(missing('s3', 'documents')).toThrow(
      '"documents" has no bucket: set S3_BUCKET or S3_BUCKET_DOCUMENTS',
    );
    expect(missing('minio', 'default')).toThrow('"default" has no bucket: set MINIO_BUCKET_DEFAULT');
  });

  it('has to be said of every storage, in one error', () => {
    const names = ['documents', 'user-files', 'images'];
    const own = { S3_BUCKET_IMAGES: 'pictures', MINIO_BUCKET_IMAGES: 'pictures', MINIO_ENDPOINT: 'http://x' };
    expect(problemLines({ STORAGE_PROVIDER: 's3', S3_REGION: 'us east', ...own }, names)).toEqual([
      'S3_REGION is "us east": pass a region: letters, digits and hyphens',
      'S3_BUCKET is not set: the storages "documents", "user-files" have no bucket: set it, or S3_BUCKET_DOCUMENTS, S3_BUCKET_USER_FILES',
    ]);
    expect(problemLines({ STORAGE_PROVIDER: 'minio', ...own }, names)).toEqual([
      'MINIO_BUCKET_DOCUMENTS is not set: the storage "documents" has no bucket',
      'MINIO_BUCKET_USER_FILES is not set: the storage "user-files" has no bucket',
    ]);
    expect(read({ STORAGE_PROVIDER: 's3', S3_BUCKET: 'all' }, names).s3.bucket).toBe('all');
  });

  it('is not missed twice where it is wrong', () => {
    const values = { STORAGE_PROVIDER: 's3', S3_BUCKET: 'a/b' };
    expect(problemLines(values, ['documents'])).toHaveLength(1);
  });

  it('is of one name', () => {
    expect(problemLines({}, ['user-files', 'USER_files'])).toEqual([
      'The name of a storage is "USER_files": "user-files" has the same variables: name it differently',
    ]);
    for (const name of ['..', 'a.b', 'a b', '-a', 'a'.repeat(64)])
      expect(problemLines({}, [name])).toHaveLength(1);
  });
});
