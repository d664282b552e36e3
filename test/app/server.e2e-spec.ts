import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../src/app/app.module.js';
import { start } from '../../src/app/start.js';
import { StorageError } from '../../src/core/error.js';
import type { SignedUrl } from '../../src/core/signed-url.js';
import type { StorageService } from '../../src/storage/storage.service.js';
import { getStorageToken } from '../../src/storage/storage.tokens.js';
import { form, raw } from '../http/harness.js';
import { CONTENTS } from '../http/support/contents.js';

const ALICE = 'alice-token-0123456789';
const BOB = 'bob-token-0123456789';
const TOKENS = `alice:${ALICE},bob:${BOB}`;

const MULTIPART = '/api/{storage}/direct/s3/multipart';
const COMPANION = new Map([
  [`delete ${MULTIPART}/{upload}`, [`delete ${MULTIPART}/{uploadId}`]],
  [`get ${MULTIPART}/{upload}`, [`get ${MULTIPART}/{uploadId}`, `get ${MULTIPART}/{uploadId}/{partNumber}`]],
  [`post ${MULTIPART}/{upload}`, [`post ${MULTIPART}/{uploadId}/complete`]],
]);

let root: string;
let app: NestExpressApplication | undefined;
let url: string;
let said: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'stowage-app-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function run(env: Environment): Promise<void> {
  said = '';
  app = await start({ STORAGE_LOCAL_ROOT: root, PORT: '0', ...env }, (text) => (said += text));
  url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
}
const stop = async (): Promise<void> => {
  await app?.close();
  app = undefined;
};
const call = (path: string, token?: string, init: RequestInit = {}): Promise<Response> =>
  fetch(url + path, {
    ...init,
    headers: { ...(token !== undefined && { Authorization: `Bearer ${token}` }), Connection: 'close' },
  });
const upload = async (
  token: string | undefined,
  storage = 'documents',
): Promise<{ key: string; url: string }> => {
  const body = form(
    storage === 'images'
      ? ['file', CONTENTS.png, 'a.png', 'image/png']
      : ['file', 'hers', 'a.txt', 'text/plain'],
  );
  const response = await call(`/api/${storage}/upload`, token, { method: 'POST', body });
  expect(response.status).toBe(201);
  return (await response.json()) as { key: string; url: string };
};

describe('The reference server with tokens', () => {
  beforeAll(() => run({ API_TOKENS: TOKENS }));
  afterAll(stop);

  it.each([
    ['POST', 'upload'],
    ['GET', 'objects/a'],
    ['HEAD', 'objects/a'],
    ['DELETE', 'objects/a'],
    ['GET', 'objects'],
    ['POST', 'presign'],
  ])('answers %s %s with 401 without a token or with a wrong one', async (method, path) => {
    for (const token of [undefined, 'wrong-token-0123456789', `${ALICE}x`, ALICE.slice(1), 'a b']) {
      const response = await call(`/api/documents/${path}`, token, { method });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm="storage"/);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
    }
    const basic = await fetch(`${url}/api/documents/objects`, {
      headers: { Authorization: `Basic ${ALICE}` },
    });
    expect(basic.status).toBe(401);
  });

  it('keeps its users apart', async () => {
    const { key, url: path } = await upload(ALICE);
    expect(await (await call(path, ALICE)).text()).toBe('hers');
    expect(await (await call('/api/documents/objects', BOB)).json()).toEqual({ objects: [], prefixes: [] });
    for (const tried of [
      path,
      `/api/documents/objects/alice/${key}`,
      `/api/documents/objects/..%2Falice%2F${encodeURIComponent(key)}`,
      `/api/documents/objects/%2e%2e/alice/${key}`,
    ]) {
      expect([400, 404]).toContain((await call(tried, BOB)).status);
      expect([204, 400, 404]).toContain((await call(tried, BOB, { method: 'DELETE' })).status);
    }
    expect((await call(path, ALICE)).status).toBe(200);
    expect((await call(path, ALICE, { method: 'DELETE' })).status).toBe(204);
    expect((await call(path, ALICE)).status).toBe(404);
  });

  it('gives out URLs that need no token, for what a user may do', async () => {
    const presign = (token: string | undefined, body: object): Promise<Response> =>
      fetch(`${url}/api/documents/presign`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
        body: JSON.stringify(body),
      });
    const asked = await presign(ALICE, { method: 'PUT', key: 'a.txt' });
    expect(asked.status).toBe(200);
    const put = (await asked.json()) as SignedUrl;
    expect([put.key, put.url.startsWith(`${url}/api/documents/signed/alice/a.txt?`)]).toEqual([
      'a.txt',
      true,
    ]);
    const stored = await fetch(put.url, { method: 'PUT', headers: put.headers, body: 'hers' });
    expect([stored.status, stored.headers.get('etag')]).toEqual([200, expect.any(String)]);
    expect(await (await call('/api/documents/objects/a.txt', ALICE)).text()).toBe('hers');
    const get = (await (await presign(ALICE, { method: 'GET', key: 'a.txt' })).json()) as SignedUrl;
    expect(await (await fetch(get.url)).text()).toBe('hers');
    for (const wrong of [
      get.url.replace('/alice/', '/bob/'),
      put.url,
      get.url.replace(/expires=\d/, 'expires=9'),
    ])
      expect((await fetch(wrong)).status).toBe(403);
    expect((await presign(ALICE, { method: 'PUT', key: 'a.html' })).status).toBe(415);
    expect((await presign(BOB, { method: 'GET', key: '../alice/a.txt' })).status).toBe(400);
    expect((await call('/api/documents/objects/a.txt', ALICE, { method: 'DELETE' })).status).toBe(204);
  });

  it('has the rules of each storage', async () => {
    const put = async (storage: string, content: Buffer, type: string): Promise<number> => {
      const body = form(['file', content, 'x', type]);
      return (await call(`/api/${storage}/upload`, ALICE, { method: 'POST', body })).status;
    };
    expect(await put('documents', CONTENTS.pdf, 'application/pdf')).toBe(201);
    expect(await put('documents', CONTENTS.html, 'text/html')).toBe(415);
    expect(await put('documents', CONTENTS.html, 'text/plain')).toBe(415);
    expect(await put('audio', CONTENTS.mp3, 'audio/mpeg')).toBe(201);
    expect(await put('audio', CONTENTS.png, 'image/png')).toBe(415);
    expect(await put('audio', CONTENTS.png, 'audio/mpeg')).toBe(415);
    expect(await put('images', CONTENTS.avif, 'image/avif')).toBe(201);
    expect(await put('images', CONTENTS.svg, 'image/svg+xml')).toBe(415);
    expect(await put('images', CONTENTS.svg, 'image/png')).toBe(415);
    expect((await call('/api/videos/objects', ALICE)).status).toBe(404);
  });

  it('lists exactly its routes in its OpenAPI document', async () => {
    const html = await call('/docs');
    expect([html.status, html.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const document = (await (await call('/docs-json')).json()) as {
      paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
      components: { schemas: Record<string, unknown>; securitySchemes: Record<string, unknown> };
    };
    const documented = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    const { router } = app?.getHttpAdapter().getInstance() as unknown as {
      router: { stack: { route?: { path: string; methods: Record<string, boolean> } }[] };
    };
    const routes = router.stack
      .flatMap(({ route }) =>
        route ? Object.keys(route.methods).map((method) => `${method} ${route.path}`) : [],
      )
      .filter((route) => route.includes('/api/'))
      .map((route) => route.replace(/[:*](\w+)/g, '{$1}'))
      // One wildcard, because ids of uploads are longer than a parameter may be; it is described as what it takes.
      .flatMap((route) => (COMPANION.has(route) ? (COMPANION.get(route) ?? []) : [route]));
    const heads = ['head /api/{storage}/objects/{key}', 'head /api/{storage}/signed/{key}'];
    // Those of operations that no storage has are there, and answer 404.
    const isEnabled = (route: string): boolean => !route.includes('/tus') || documented.includes(route);
    expect(documented.sort()).toEqual([...routes.filter(isEnabled), ...heads].sort());
    const text = JSON.stringify(document);
    for (const [, name] of text.matchAll(/#\/components\/schemas\/(\w+)/g))
      expect(Object.keys(document.components.schemas)).toContain(name);
    expect(text).not.toContain(ALICE);
  });

  it('answers everything else as a problem', async () => {
    for (const path of ['/nothing', '/api/documents', '/api/documents/objects/%zz']) {
      const response = await call(path, ALICE);
      expect([path, response.headers.get('content-type')]).toEqual([path, 'application/problem+json']);
      expect(response.status).toBe(path.endsWith('zz') ? 400 : 404);
    }
    const home = await fetch(`${url}/`, { redirect: 'manual' });
    expect([home.status, home.headers.get('location')]).toEqual([302, 'docs']);
    expect(home.headers.get('x-powered-by')).toBeNull();
  });

  it('says where it is without any token', () => {
    expect(said).toContain(`${url}/docs`);
    expect(said).toContain("-H 'Authorization: Bearer <token of alice>'");
    expect(said).not.toContain(ALICE);
  });
});

describe('The reference server', () => {
  afterEach(stop);

  it('keeps the secret of its URLs, where nobody else can read it', async () => {
    const folder = join(root, 'secret');
    const env = { STORAGE_LOCAL_ROOT: folder };
    const path = join(folder, '.stowage', 'signing-secret');
    const files = (): StorageService | undefined =>
      app?.get<StorageService>(getStorageToken('documents'), { strict: false });
    await run(env);
    const secret = await readFile(path, 'utf8');
    expect([secret.length, (await stat(path)).mode & 0o777]).toEqual([65, 0o600]);
    await files()?.put('a.txt', 'text');
    const before = (await files()?.signedUrl('a.txt'))?.url ?? '';
    expect(before).toMatch(new RegExp(`^${url}/api/documents/signed/a\\.txt\\?`));
    await stop();
    await run(env);
    const { pathname, search } = new URL(before);
    expect((await fetch(url + pathname + search)).status).toBe(200);
    expect(await readFile(path, 'utf8')).toBe(secret);
    await stop();
    await run({
      ...env,
      STORAGE_SIGNING_SECRET: 'another secret, of 32 characters or more',
      STORAGE_PUBLIC_URL: 'https://files.test/x',
    });
    expect((await files()?.signedUrl('a.txt'))?.url).toMatch(
      /^https:\/\/files\.test\/x\/api\/documents\/signed\//,
    );
    expect((await fetch(url + pathname + search)).status).toBe(403);
  });

  it('starts where no secret can be kept, and signs nothing, but takes uploads that are resumed', async () => {
    const folder = join(root, 'unreadable');
    await mkdir(join(folder, '.stowage'), { recursive: true });
    await writeFile(join(folder, '.stowage', 'signing-secret'), 'something else');
    await run({ STORAGE_LOCAL_ROOT: folder });
    const files = app?.get<StorageService>(getStorageToken('documents'), { strict: false });
    await expect(files?.signedUrl('a')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    const direct = await fetch(`${url}/api/documents/direct`, { method: 'POST' });
    const begun = await fetch(`${url}/api/documents/tus`, {
      method: 'POST',
      headers: { 'Tus-Resumable': '1.0.0', 'Upload-Length': '3' },
    });
    expect([direct.status, begun.status]).toEqual([404, 201]);
  });

  it('without tokens serves the user demo', async () => {
    await run({});
    const { url: path } = await upload(undefined);
    expect((await call(path)).status).toBe(200);
    expect(await call('/api/documents/objects').then((response) => response.json())).toMatchObject({
      objects: [{ size: 4 }],
    });
    expect(said).toContain(
      `curl -sS -F 'file=@-;filename=hello.txt;type=text/plain' ${url}/api/documents/upload`,
    );
  });

  it('without tokens answers no web site that names it otherwise', async () => {
    await run({});
    const { port } = new URL(url);
    const ask = async (headers: string): Promise<string> =>
      (
        await raw(Number(port), `GET /api/documents/objects HTTP/1.1\r\nConnection: close\r\n${headers}\r\n`)
      ).slice(9, 12);
    expect(await ask(`Host: 127.0.0.1:${port}\r\n`)).toBe('200');
    expect(await ask(`Host: localhost:${port}\r\nOrigin: http://localhost:${port}\r\n`)).toBe('200');
    expect(await ask('Host: evil.example\r\n')).toBe('403');
    expect(await ask(`Host: localhost.evil.example:${port}\r\n`)).toBe('403');
    expect(await ask(`Host: 127.0.0.1:${port}\r\nOrigin: http://evil.example\r\n`)).toBe('403');
  });

  it('caps the size of uploads where the environment says so', async () => {
    await run({ MAX_UPLOAD_SIZE: '10' });
    const post = async (content: string): Promise<number> =>
      (
        await call('/api/documents/upload', undefined, {
          method: 'POST',
          body: form(['file', content, 'a.txt']),
        })
      ).status;
    expect(await post('x'.repeat(10))).toBe(201);
    expect(await post('x'.repeat(11))).toBe(413);
  });

  it('has a health check, which needs no token', async () => {
    await run({ API_TOKENS: TOKENS, STORAGE_LOCAL_ROOT: join(root, 'health') });
    const healthy = await call('/api/v1/storage/health');
    expect(healthy.status).toBe(200);
    expect(await healthy.json()).toMatchObject({
      status: 'up',
      storages: { documents: { status: 'up' }, audio: { status: 'up' }, images: { status: 'up' } },
    });
    const audio = app?.get<StorageService>(getStorageToken('audio'), { strict: false });
    const failure = new StorageError('UNAVAILABLE', `${root} is gone`);
    if (audio) jest.spyOn(audio, 'page').mockRejectedValue(failure);
    const down = await call('/api/v1/storage/health');
    expect(down.status).toBe(503);
    const text = await down.text();
    expect(JSON.parse(text)).toMatchObject({ status: 'down', storages: { audio: { status: 'down' } } });
    expect(text).not.toContain(root);
  });

  it.each<[string, Environment, RegExp]>([
    [
      'others can reach it without tokens',
      { HOST: '0.0.0.0' },
      /^HOST is 0\.0\.0\.0, which others can reach.*set API_TOKENS=user:token/,
    ],
    ['others can reach it by IPv6', { HOST: '::' }, /^HOST is ::/],
    ['others can reach it by a name', { HOST: 'example.com' }, /^HOST is example\.com/],
    [
      'a user is there twice',
      { API_TOKENS: `alice:${ALICE},alice:${BOB}` },
      /entry 2: the user is there twice/,
    ],
    [
      'a token is there twice',
      { API_TOKENS: `alice:${ALICE},bob:${ALICE}` },
      /entry 2: the token is that of another user/,
    ],
    ['a token is short', { API_TOKENS: 'alice:short' }, /entry 1: the token has fewer than 8 characters/],
    ['a token is empty', { API_TOKENS: 'alice:' }, /fewer than 8 characters/],
    [
      'a token has a space',
      { API_TOKENS: 'alice:secret word here' },
      /a character that a Bearer token cannot have/,
    ],
    ['there is no user', { API_TOKENS: `:${ALICE}` }, /entry 1: a user is/],
    ['a user is no key segment', { API_TOKENS: `a/b:${ALICE}` }, /entry 1: a user is/],
    ['a user is ..', { API_TOKENS: `..:${ALICE}` }, /entry 1: a user is/],
    ['an entry has no colon', { API_TOKENS: `alice:${ALICE},${BOB}` }, /entry 2: write it as user:token/],
    ['an entry is empty', { API_TOKENS: `alice:${ALICE},` }, /entry 2: write it as user:token/],
    ['the port is none', { PORT: '70000' }, /PORT is "70000"/],
    ['the provider is unknown', { STORAGE_PROVIDER: 'ftp' }, /STORAGE_PROVIDER/],
    [
      'the sizes disagree',
      { MAX_UPLOAD_SIZE: '1', MAX_FILE_SIZE_MB: '1' },
      /MAX_UPLOAD_SIZE|MAX_FILE_SIZE_MB/,
    ],
  ])('does not start when %s', async (_name, env, message) => {
    const error: unknown = await run(env).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toMatch(message);
    for (const secret of [ALICE, BOB, 'secret', 'short'])
      expect((error as Error).message).not.toContain(secret);
  });

  it('does not start on a port that is in use', async () => {
    const other: Server = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    try {
      await expect(run({ PORT: String(port) })).rejects.toThrow(`127.0.0.1:${port} is in use: set PORT`);
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });
});
