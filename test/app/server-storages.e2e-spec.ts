import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../src/app/app.module.js';
import { start } from '../../src/app/start.js';
import type { SignedUrl } from '../../src/core/signed-url.js';
import { form } from '../http/harness.js';
import { CONTENTS } from '../http/support/contents.js';
import { describeServers, type TestServer } from '../servers/s3-servers.js';
import { MIB } from '../support/bodies.js';
import { uploadAll } from '../tus/support/tus-client.js';
import { tusRequest } from '../tus/support/tus-request.js';

const ALICE = 'alice-token-0123456789';
const BOB = 'bob-token-0123456789';
const NAMES = ['DOCUMENTS', 'AUDIO', 'IMAGES'];

let app: NestExpressApplication | undefined;
let url: string;

const run = async (env: Environment): Promise<void> => {
  const tokens = `alice:${ALICE},bob:${BOB}`;
  app = await start(
    { PORT: '0', API_TOKENS: tokens, STORAGE_SIGNING_SECRET: 's'.repeat(32), ...env },
    () => undefined,
  );
  url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
};
const stop = async (): Promise<void> => {
  await app?.close();
  app = undefined;
};
const call = (path: string, init: RequestInit = {}, token = ALICE): Promise<Response> =>
  fetch(url + path, { ...init, headers: { Authorization: `Bearer ${token}`, ...init.headers } });
const upload = (content: string | Uint8Array, storage = 'documents', type = 'text/plain', name = 'Ü.txt') =>
  call(`/api/${storage}/upload`, { method: 'POST', body: form(['file', content, name, type]) });
const uploaded = async (response: Response) => {
  expect(response.status).toBe(201);
  return (await response.json()) as { readonly key: string; readonly url: string; readonly etag: string };
};
const listed = async (query = '', token = ALICE) => {
  const response = await call(`/api/documents/objects${query}`, {}, token);
  expect(response.status).toBe(200);
  return (await response.json()) as { objects: { key: string; size: number }[]; prefixes: string[] };
};
const presign = (body: object, token = ALICE) =>
  call(
    '/api/documents/presign',
    { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } },
    token,
  );
const signed = async (body: object): Promise<SignedUrl> => {
  const response = await presign(body);
  expect(response.status).toBe(200);
  return (await response.json()) as SignedUrl;
};
const use = (what: SignedUrl, body?: string | FormData): Promise<Response> =>
  fetch(what.url, { method: what.method, headers: what.headers, ...(body !== undefined && { body }) });

interface Place {
  readonly env: () => Environment;
  /** Where its signed URLs lead: to the application itself, unless it is a server. */
  readonly origin: () => string;
  /** A server of S3 takes POST forms. */
  readonly isS3: boolean;
}

/** What the reference server promises, wherever its objects are kept. */
function promises({ env, origin, isS3 }: Place): void {
  beforeAll(() => run(env()));
  afterAll(stop);

  it('uploads, lists, downloads and deletes', async () => {
    const file = await uploaded(await upload('0123456789'));
    expect(await listed()).toMatchObject({ objects: [{ key: file.key, size: 10 }], prefixes: [] });
    const [year] = file.key.split('/');
    expect(await listed('?delimiter=/')).toEqual({ objects: [], prefixes: [`${year}/`] });
    const whole = await call(file.url);
    expect([whole.status, await whole.text()]).toEqual([200, '0123456789']);
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      etag: `"${file.etag}"`,
      'content-type': 'text/plain',
      'content-disposition': 'inline; filename="?.txt"; filename*=UTF-8\'\'%C3%9C.txt',
    });
    const part = await call(file.url, { headers: { Range: 'bytes=2-4' } });
    expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([
      206,
      '234',
      'bytes 2-4/10',
    ]);
    const status = async (headers: Record<string, string>, method = 'GET'): Promise<number> =>
      (await call(file.url, { headers, method })).status;
    expect(await status({}, 'HEAD')).toBe(200);
    expect(await status({ 'If-None-Match': `"${file.etag}"` })).toBe(304);
    expect(await status({ 'If-Match': '"x"' })).toBe(412);
    expect(await status({ Range: 'bytes=10-' })).toBe(416);
    expect(await status({}, 'DELETE')).toBe(204);
    expect(await status({})).toBe(404);
    expect(await listed()).toEqual({ objects: [], prefixes: [] });
  });

  it('keeps its users and its storages apart', async () => {
    const file = await uploaded(await upload('hers'));
    const sound = await uploaded(await upload(CONTENTS.mp3, 'audio', 'audio/mpeg', 'ü.mp3'));
    expect((await upload('text', 'images')).status).toBe(415);
    expect(await listed('', BOB)).toEqual({ objects: [], prefixes: [] });
    expect((await call(file.url, {}, BOB)).status).toBe(404);
    expect((await call(`/api/documents/objects/..%2Falice%2F${file.key}`, {}, BOB)).status).toBe(400);
    expect((await listed()).objects.map(({ key }) => key)).toEqual([file.key]);
    expect((await call(`/api/documents/objects/${sound.key}`)).status).toBe(404);
    for (const one of [file, sound]) expect((await call(one.url, { method: 'DELETE' })).status).toBe(204);
  });

  it('gives out URLs that need no token and do one thing', async () => {
    const put = await signed({ method: 'PUT', key: 'a b.txt', size: 4 });
    expect([put.key, new URL(put.url).origin]).toEqual(['a b.txt', origin()]);
    expect((await use(put, 'hers')).status).toBe(200);
    const get = await signed({ method: 'GET', key: 'a b.txt' });
    expect(await (await use(get)).text()).toBe('hers');
    const part = await fetch(get.url, { headers: { Range: 'bytes=1-2' } });
    expect([part.status, await part.text()]).toEqual([206, 'er']);
    expect((await use(await signed({ method: 'HEAD', key: 'a b.txt' }))).status).toBe(200);
    for (const wrong of [
      { ...get, url: get.url.replace('alice', 'bob') },
      { ...put, method: 'GET' as const },
    ])
      expect((await use(wrong)).status).toBe(403);
    expect((await presign({ method: 'PUT', key: 'a.html', size: 4 })).status).toBe(415);
    expect((await presign({ method: 'GET', key: '../alice/a b.txt' }, BOB)).status).toBe(400);
    if (!isS3) {
      expect((await call('/api/documents/objects/a%20b.txt', { method: 'DELETE' })).status).toBe(204);
      return;
    }
    const post = await signed({ method: 'POST', key: 'b.txt', size: 4 });
    const body = new FormData();
    for (const [name, value] of Object.entries(post.fields ?? {})) body.append(name, value);
    body.append('file', new Blob(['form']), 'b.txt');
    expect((await use(post, body)).ok).toBe(true);
    expect(await (await call('/api/documents/objects/b.txt')).text()).toBe('form');
    for (const key of ['a b.txt', 'b.txt'])
      expect((await use(await signed({ method: 'DELETE', key }))).status).toBe(204);
    expect(await listed()).toEqual({ objects: [], prefixes: [] });
  });

  it('lets files go past it, and answers for what came', async () => {
    const ask = async (path: string, body: object, token = ALICE) => {
      const headers = { 'Content-Type': 'application/json' };
      return call(`/api/documents/${path}`, { method: 'POST', body: JSON.stringify(body), headers }, token);
    };
    const begun = await ask('direct', { name: 'Ü.txt', contentType: 'text/plain', size: 4 });
    const sending = (await begun.json()) as SignedUrl & { readonly ticket: string };
    expect([begun.status, new URL(sending.url).origin]).toEqual([200, origin()]);
    expect((await use(sending, 'hers')).status).toBe(200);
    const pending = /_pending\/direct\/[\w-]+/.exec(sending.url)?.[0] ?? '';
    for (const path of [pending, `..%2F${pending}`])
      expect([400, 404]).toContain((await call(`/api/documents/objects/${path}`)).status);
    expect((await ask('direct/confirm', { ticket: sending.ticket }, BOB)).status).toBe(403);
    const file = await uploaded(await ask('direct/confirm', { ticket: sending.ticket }));
    expect(await (await call(file.url)).text()).toBe('hers');
    expect((await ask('direct/confirm', { ticket: sending.ticket })).status).toBe(404);
    expect((await ask('direct', { name: 'a.mp3', contentType: 'audio/mpeg', size: 4 })).status).toBe(415);
    expect((await call(file.url, { method: 'DELETE' })).status).toBe(204);
    expect(await listed()).toEqual({ objects: [], prefixes: [] });
  });

  it('takes uploads that are resumed, each from whoever began it', async () => {
    const content = textOf(12 * MIB);
    const endpoint = `${url}/api/documents/tus`;
    const by = (token: string) => ({ Authorization: `Bearer ${token}` });
    const metadata = { filename: 'Ü.txt', filetype: 'text/plain' };
    const options = { headers: by(ALICE), metadata, chunkSize: 5 * MIB };
    const { header, url: at } = await uploadAll(endpoint, content, options);
    const path = header('Stowage-Location') ?? '';
    expect(Buffer.from(await (await call(path)).arrayBuffer()).equals(content)).toBe(true);
    expect((await tusRequest('HEAD', at, { headers: by(BOB) })).status).toBe(404);
    expect((await listed()).objects.map(({ size }) => size)).toEqual([content.byteLength]);
    await expect(uploadAll(endpoint, content, { headers: by('nobody'), metadata })).rejects.toThrow(/401/);
    expect((await call(path, { method: 'DELETE' })).status).toBe(204);
  });

  it('takes a file of one part, and one of many', async () => {
    const content = textOf(20 * MIB);
    const { url: path } = await uploaded(await upload(content));
    expect(Buffer.from(await (await call(path)).arrayBuffer()).equals(content)).toBe(true);
    expect((await upload(textOf(8 * MIB))).status).toBe(201);
    expect((await listed()).objects).toHaveLength(2);
  });

  it('is healthy', async () => {
    const response = await call('/api/v1/storage/health');
    expect([response.status, await response.json()]).toMatchObject([200, { status: 'up' }]);
  });
}

describe('The reference server on local disk', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'stowage-app-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));
  promises({
    env: () => ({ STORAGE_LOCAL_ROOT: root, STORAGE_DURABILITY: 'rename' }),
    origin: () => url,
    isS3: false,
  });
});

/** The variables of `server` for a provider. */
function connection(prefix: 'S3' | 'MINIO', server: TestServer): Environment {
  return {
    STORAGE_PROVIDER: prefix.toLowerCase(),
    [`${prefix}_ENDPOINT`]: server.endpoint,
    [`${prefix}_REGION`]: server.region,
    [`${prefix}_ACCESS_KEY`]: server.accessKeyId,
    [`${prefix}_SECRET_KEY`]: server.secretAccessKey,
    ...(prefix === 'S3' && { S3_PROFILE: server.name }),
  };
}
/** Text that nothing can compress. @param bytes A multiple of 4. */
const textOf = (bytes: number): Buffer => Buffer.from(randomBytes((bytes / 4) * 3).toString('base64'));
const newBucket = (): string => `stowage-${randomBytes(8).toString('hex')}`;
/** A bucket for each storage. */
const buckets = (prefix: 'S3' | 'MINIO'): Environment =>
  Object.fromEntries(NAMES.map((name) => [`${prefix}_BUCKET_${name}`, newBucket()]));

describeServers({ only: ['versitygw', 'minio'] }, (server, name) => {
  const origin = (): string => server().endpoint;
  const STORAGE_CREATE_BUCKETS = 'true';

  describe('The reference server with the provider s3 and a bucket for each storage', () => {
    const env = () => ({ ...connection('S3', server()), ...buckets('S3'), STORAGE_CREATE_BUCKETS });
    promises({ env, origin, isS3: true });
  });

  describe('The reference server with the provider s3 and one bucket', () => {
    const env = () => ({ ...connection('S3', server()), S3_BUCKET: newBucket(), STORAGE_CREATE_BUCKETS });
    promises({ env, origin, isS3: true });
  });

  if (name === 'minio') {
    describe('The reference server with the provider minio', () => {
      const env = () => ({ ...connection('MINIO', server()), ...buckets('MINIO'), STORAGE_CREATE_BUCKETS });
      promises({ env, origin, isS3: true });
    });
  }

  describe('The reference server without its bucket', () => {
    const bucket = newBucket();
    beforeAll(async () => {
      await run({ ...connection('S3', server()), S3_BUCKET: bucket });
      app?.useLogger(false);
    });
    afterAll(stop);

    it('starts, and says that its storages are not set up without naming the bucket', async () => {
      for (const response of [await upload('x'), await call('/api/documents/objects')]) {
        const text = await response.text();
        expect([response.status, JSON.parse(text)]).toMatchObject([502, { code: 'BUCKET_NOT_FOUND' }]);
        expect(text).not.toContain(bucket);
      }
      const health = await call('/api/v1/storage/health');
      const text = await health.text();
      expect([health.status, JSON.parse(text)]).toMatchObject([
        503,
        { storages: { audio: { status: 'down', code: 'BUCKET_NOT_FOUND' } } },
      ]);
      expect(text).not.toContain(bucket);
    });
  });
});
