import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { S3Buckets } from '../../src/backends/s3/buckets.js';
import { createBackend } from '../../src/config/create-backend.js';
import { readEnv, type StorageEnv } from '../../src/config/env.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { describeServers, type TestServer } from '../servers/s3-servers.js';
import { expectCode, failure } from '../support/errors.js';

type Values = Readonly<Record<string, string>>;

const read = (values: Values, names?: readonly string[]): StorageEnv =>
  readEnv((name) => values[name], names);

describe('createBackend', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'create-backend-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('gives the default storage the root and a named one a folder in it', async () => {
    for (const [name, file] of [
      ['default', 'a/b.txt'],
      ['documents', 'documents/a/b.txt'],
    ] as const) {
      const backend = await createBackend(read({ STORAGE_LOCAL_ROOT: root }), name);
      await new StorageService(name, backend).put('a/b.txt', name);
      expect(backend.kind).toBe('local');
      expect(await readFile(join(root, file), 'utf8')).toBe(name);
      await backend.close?.();
    }
  });

  it('lets storages on disk sign URLs when there are a secret and a URL, and says so otherwise', async () => {
    const signing = {
      STORAGE_LOCAL_ROOT: root,
      STORAGE_SIGNING_SECRET: 'a secret of the tests, long enough',
      STORAGE_PUBLIC_URL: 'https://files.example.com/app/',
    };
    const storage = async (values: Values, name = 'documents'): Promise<StorageService> =>
      new StorageService(name, await createBackend(read(values), name));
    const signed = await (await storage(signing)).signedUrl('a b');
    expect(signed.url).toMatch(
      /^https:\/\/files\.example\.com\/app\/api\/documents\/signed\/a%20b\?expires=\d+&signature=[\w-]{43}$/,
    );
    const short = await (await storage({ ...signing, STORAGE_PRESIGNED_URL_EXPIRY: '5' })).signedUrl('a');
    expect(signed.expiresAt.getTime() - short.expiresAt.getTime()).toBeGreaterThanOrEqual(890_000);
    for (const missing of ['STORAGE_SIGNING_SECRET', 'STORAGE_PUBLIC_URL']) {
      const error = await failure((await storage({ ...signing, [missing]: '' })).signedUrl('a'));
      expect(error.code).toBe('UNSUPPORTED');
      expect(error.message).toContain('set STORAGE_SIGNING_SECRET and STORAGE_PUBLIC_URL');
    }
  });

  it.each([
    ['s3', {}, 'S3_BUCKET or S3_BUCKET_USER_FILES'],
    ['minio', { MINIO_ENDPOINT: 'localhost:9000' }, 'MINIO_BUCKET_USER_FILES'],
  ])('needs a bucket with %s, and names the variable', async (provider, values, variable) => {
    const error = await failure(createBackend(read({ STORAGE_PROVIDER: provider, ...values }), 'user-files'));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'config', storage: 'user-files' });
    expect(error.message).toBe(`The storage "user-files" has no bucket: set ${variable}`);
  });

  it('asks the server nothing at the start', async () => {
    const values = { STORAGE_PROVIDER: 's3', S3_ENDPOINT: 'http://127.0.0.1:1', S3_BUCKET: 'all' };
    const backend = await createBackend(read(values), 'documents');
    expect(backend.kind).toBe('s3');
    await backend.close?.();
  });

  it('ends the start when buckets are to be made and there is no server', async () => {
    const values = {
      STORAGE_PROVIDER: 's3',
      STORAGE_CREATE_BUCKETS: 'true',
      ...{ S3_ENDPOINT: 'http://127.0.0.1:1', S3_BUCKET: 'all', S3_ACCESS_KEY: 'a', S3_SECRET_KEY: 'b' },
    };
    const error = await failure(createBackend(read(values), 'documents'), 20_000);
    expect(error.storage).toBe('documents');
    expect(error.message).toMatch(
      /^The storage "documents": its bucket "all" cannot be made: .*ECONNREFUSED/,
    );
  }, 25_000);
});

const s3 = ({ endpoint, region, accessKeyId, secretAccessKey }: TestServer): Values => ({
  STORAGE_PROVIDER: 's3',
  STORAGE_CREATE_BUCKETS: 'true',
  S3_ENDPOINT: endpoint,
  S3_REGION: region,
  S3_ACCESS_KEY: accessKeyId,
  S3_SECRET_KEY: secretAccessKey,
});

const minio = ({ endpoint, region, accessKeyId, secretAccessKey }: TestServer): Values => ({
  STORAGE_PROVIDER: 'minio',
  STORAGE_CREATE_BUCKETS: 'true',
  MINIO_ENDPOINT: new URL(endpoint).host,
  MINIO_SECURE: 'false',
  MINIO_REGION: region,
  MINIO_ACCESS_KEY: accessKeyId,
  MINIO_SECRET_KEY: secretAccessKey,
});

/** A storage as the variables describe it; `close` closes its backend. */
async function open(values: Values, name: string): Promise<StorageService & { close(): Promise<void> }> {
  const backend = await createBackend(read(values, [name]), name);
  const close = async (): Promise<void> => backend.close?.();
  return Object.assign(new StorageService(name, backend), { close });
}

describeServers({}, (server, profile) => {
  it('is S3 with one bucket: a prefix for each storage, all of it for the default one', async () => {
    const values = {
      ...s3(server()),
      S3_PROFILE: profile,
      S3_BUCKET: 'everything',
      S3_BUCKET_AUDIO: 'my/sounds/',
    };
    const storages = await Promise.all(['default', 'documents', 'audio'].map((name) => open(values, name)));
    const [whole, documents, audio] = storages as [
      (typeof storages)[0],
      (typeof storages)[0],
      (typeof storages)[0],
    ];
    await documents.put('a.txt', 'document');
    await audio.put('a.txt', 'sound');
    expect(await whole.text('documents/a.txt')).toBe('document');
    expect(await whole.text('my/sounds/a.txt')).toBe('sound');
    expect((await documents.page()).objects.map(({ key }) => key)).toEqual(['a.txt']);
    expect(documents.supports(S3Buckets)).toBe(false);
    expect(whole.supports(S3Buckets)).toBe(true);
    await Promise.all(storages.map((storage) => storage.close()));
    for (const storage of storages) await expectCode(storage.text('a.txt'), 'UNAVAILABLE');
  });

  it('is S3 with a bucket for each storage', async () => {
    const values = { ...s3(server()), S3_PROFILE: profile, S3_BUCKET_USER_FILES: 'of-users' };
    const files = await open(values, 'user-files');
    await files.put('a.txt', 'file');
    expect(await files.text('a.txt')).toBe('file');
    expect(await files.as(S3Buckets).exists({ bucket: 'of-users' })).toBe(true);
    expect(files.scoped('below').supports(S3Buckets)).toBe(false);
    await files.close();
  });

  it('makes no bucket unasked', async () => {
    const values = { ...s3(server()), STORAGE_CREATE_BUCKETS: '', S3_BUCKET: 'not-there' };
    const files = await open(values, 'default');
    await expectCode(files.put('a.txt', 'file'), 'BUCKET_NOT_FOUND');
    await files.close();
  });

  if (profile !== 'minio') return;
  it('is MinIO, with buckets that are made or there already', async () => {
    for (const text of ['first', 'second']) {
      const images = await open({ ...minio(server()), MINIO_BUCKET_IMAGES: 'pictures' }, 'images');
      await images.put('a.txt', text);
      expect(await images.text('a.txt')).toBe(text);
      await images.close();
    }
  });
});
