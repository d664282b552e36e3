import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../src/backends/local/backend.js';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import type { StorageHttpExtras, StorageHttpOptions } from '../../src/http/index.js';
import { StorageHttpModule } from '../../src/http/index.js';
import type { StorageService } from '../../src/storage/storage.service.js';
import { bytesOf } from '../support/bodies.js';
import { boot, keysOf, raw, storages, type Harness } from './harness.js';
import { currentAdapter, describeAdapters } from './support/adapters.js';
import { until } from '../support/until.js';

const SECRET = 'a secret of the tests, long enough';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stowage-signed-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Served extends Harness {
  readonly other: StorageService;
}

/** The storages `documents` and `other`, which share a secret, and `memory`, which signs nothing. */
async function serve(
  name: string,
  options: Partial<StorageHttpOptions['storages'][string]> = {},
  { globalPrefix, ...extras }: StorageHttpExtras & { readonly globalPrefix?: string } = {},
): Promise<Served> {
  const servers: Harness[] = [];
  const local = (storage: string): LocalBackend =>
    new LocalBackend({
      root: join(folder, currentAdapter(), name, storage),
      durability: 'rename',
      signing: {
        secret: SECRET,
        baseUrl: () => servers[0]?.url ?? '',
        storage,
        prefix: [globalPrefix, extras.prefix ?? 'api'].filter((part) => part !== undefined).join('/'),
      },
    });
  const served = { operations: ['get'], ...options } satisfies StorageHttpOptions['storages'][string];
  const server = await boot(
    [
      storages({ documents: local('documents'), other: local('other'), memory: new MemoryBackend() }),
      StorageHttpModule.forRoot({
        storages: { documents: served, other: served, memory: served },
        authorize: () => false,
        ...extras,
      } satisfies StorageHttpOptions & StorageHttpExtras),
    ],
    { ...(globalPrefix !== undefined && { prefix: globalPrefix }) },
  );
  servers.push(server);
  const other = server.app.get<StorageService>(Symbol.for('nestjs-stowage:storage:other'), { strict: false });
  return { ...server, other };
}

const problemOf = async (response: Response): Promise<{ status: number; code: string; detail: string }> => {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  return (await response.json()) as { status: number; code: string; detail: string };
};

describeAdapters('Signed URLs of this application', (adapter) => {
  let server: Served;
  beforeAll(async () => {
    server = await serve('usual', { maxSize: 1000, types: ['text/*', 'application/json', 'image/svg+xml'] });
  });
  afterAll(() => server.close());

  const put = (
    url: string,
    body: RequestInit['body'],
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    fetch(url, {
      method: 'PUT',
      body: body ?? null,
      headers,
      ...(body instanceof ReadableStream && { duplex: 'half' }),
    });
  const sign = async (
    key: string,
    options: Parameters<StorageService['signedUrl']>[1] = {},
  ): Promise<string> => (await server.storage.signedUrl(key, options)).url;

  const send = (target: string, headers: string): Promise<string> =>
    raw(
      server.port,
      `PUT ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}Content-Length: 2\r\n\r\n{}`,
    );

  it('serve a GET and a HEAD with one signature, without asking who calls', async () => {
    await server.storage.put('a.txt', 'text');
    const url = await sign('a.txt');
    expect(await (await fetch(url)).text()).toBe('text');
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '4']);
    const only = await sign('a.txt', { method: 'HEAD' });
    expect((await fetch(only, { method: 'HEAD' })).status).toBe(200);
    expect(await problemOf(await fetch(only))).toMatchObject({ status: 403, code: 'PERMISSION_DENIED' });
  });

  it('say why they are refused, and nothing else', async () => {
    const url = await sign('a.txt', { expiresIn: 1 });
    const wrong = await problemOf(await fetch(`${url}0`));
    expect(wrong).toMatchObject({ status: 403, detail: 'The URL is not signed for this request' });
    let answer = await fetch(url);
    await until(async () => (answer = await fetch(url)).status === 403);
    expect(await problemOf(answer)).toEqual({
      type: 'about:blank',
      title: 'Forbidden',
      status: 403,
      detail: 'The URL has expired',
      code: 'PERMISSION_DENIED',
    });
  });

  it('are those of one storage, though the other one has the same secret', async () => {
    await server.other.put('a.txt', 'secret');
    const url = await sign('a.txt');
    expect((await fetch(url.replace('/documents/', '/other/'))).status).toBe(403);
    expect((await fetch(url.replace('/documents/', '/memory/'))).status).toBe(404);
    expect((await fetch(url.replace('/documents/', '/none/'))).status).toBe(404);
  });

  it('are not there for a storage that signs nothing', async () => {
    const { app } = server;
    const memory = app.get<StorageService>(Symbol.for('nestjs-stowage:storage:memory'), { strict: false });
    await expect(memory.signedUrl('a')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    expect((await fetch(`${server.url}/api/memory/signed/a?signature=x`)).status).toBe(404);
  });

  it('may have the key in any encoding of it', async () => {
    await server.storage.put('ä b/c', 'text');
    const url = await sign('ä b/c');
    expect(url).toContain('/signed/%C3%A4%20b/c?');
    for (const key of ['%c3%a4%20b/c', '%C3%A4%20b%2Fc', '%C3%A4%20%62/%63'])
      expect((await fetch(url.replace('%C3%A4%20b/c', key))).status).toBe(200);
    for (const key of ['%C3%A4%2520b/c', '%C3%A4+b/c', '%C3%A4%20b/C', '%zz'])
      expect([400, 403]).toContain((await fetch(url.replace('%C3%A4%20b/c', key))).status);
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'text/plain'])(
    'store a body of the type %s as it is, past the body parser of the application',
    async (type) => {
      for (const body of ['{"a": 1}\n', '{ not JSON', '']) {
        const url = await sign('data', { method: 'PUT' });
        expect((await put(url, body, { 'content-type': type })).status).toBe(200);
        expect([await server.storage.text('data'), (await server.storage.head('data')).contentType]).toEqual([
          body,
          type,
        ]);
      }
    },
  );

  it.each<readonly [string, (target: string) => string]>([
    ['with an encoded storage', (target) => target.replace('/documents/', '/d%6fcuments/')],
    ['in absolute form', (target) => `http://files.test${target}`],
    // Fastify tells cases apart, unless it is told not to.
    ...(adapter === 'express'
      ? ([
          [
            'in another case',
            (target: string) => target.replace('/api/documents/signed/', '/API/documents/SIGNED/'),
          ],
        ] as const)
      : []),
  ])('are taken %s, past the body parser too', async (_name, spelled) => {
    const { pathname, search } = new URL(await sign('spelled', { method: 'PUT' }));
    const answer = await send(spelled(pathname + search), 'Content-Type: application/json\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(await server.storage.text('spelled')).toBe('{}');
    expect(await send(spelled(`${pathname}%zz${search}`), '')).toMatch(/^HTTP\/1\.1 400 /);
  });

  it.each([
    ['Content-Encoding: gzip', 415, 'Send the body without a Content-Encoding'],
    ['Content-Encoding: identity', 200, ''],
    ['Content-Type: text/plain\r\nContent-Type: text/html', 400, 'Send one Content-Type'],
  ])('take what comes with %j as %d', async (header, status, detail) => {
    const { pathname, search } = new URL(await sign('plain.txt', { method: 'PUT' }));
    const answer = await send(pathname + search, `${header}\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain(detail);
  });

  it('guess a type that nobody says, from the key', async () => {
    const url = await sign('notes.md', { method: 'PUT' });
    expect((await put(url, new TextEncoder().encode('# x'))).status).toBe(200);
    expect((await server.storage.head('notes.md')).contentType).toBe('text/markdown');
  });

  it('keep to the rules of the storage', async () => {
    const url = await sign('big.txt', { method: 'PUT' });
    expect(await problemOf(await put(url, 'x'.repeat(1001)))).toMatchObject({
      status: 413,
      code: 'TOO_LARGE',
    });
    const stream = new Blob(['x'.repeat(600), 'y'.repeat(600)]).stream();
    expect(await problemOf(await put(url, stream, { 'content-type': 'text/plain' }))).toMatchObject({
      status: 413,
    });
    const large = await sign('big.txt', { method: 'PUT', size: 2000 });
    expect((await put(large, 'x'.repeat(2000))).status).toBe(413);
    const typed = await sign('big.png', { method: 'PUT', contentType: 'image/png' });
    expect(await problemOf(await put(typed, 'x', { 'content-type': 'image/png' }))).toMatchObject({
      status: 415,
    });
    expect(await server.storage.exists('big.txt')).toBe(false);
    expect((await put(url, 'x'.repeat(1000))).status).toBe(200);
  });

  it('count what comes without a length', async () => {
    const url = await sign('sized.txt', { method: 'PUT', size: 10 });
    for (const size of [1, 9, 11]) {
      const chunks = new Blob(['x'.repeat(size)]).stream();
      expect(await problemOf(await put(url, chunks, { 'content-type': 'text/plain' }))).toMatchObject({
        status: 400,
        detail: 'The body has not the 10 bytes that were signed',
      });
    }
    expect(await server.storage.exists('sized.txt')).toBe(false);
    expect(
      (await put(url, new Blob(['x'.repeat(10)]).stream(), { 'content-type': 'text/plain' })).status,
    ).toBe(200);
  });

  it('refuse a wrong checksum and keep what was there', async () => {
    await server.storage.put('sum.txt', 'before');
    const value = '8VzMFUtLh2pbN6UaIOmKxSZyb/Z3kVqXlHZ1eyzjbSE=';
    const url = await sign('sum.txt', { method: 'PUT', checksum: { algorithm: 'sha256', value } });
    expect(await problemOf(await put(url, 'after'))).toMatchObject({
      status: 400,
      code: 'INTEGRITY',
      detail: 'The body has not the sha256 that was signed',
    });
    expect(await server.storage.text('sum.txt')).toBe('before');
  });

  it('take the conditions that S3 takes', async () => {
    await server.storage.put('there.txt', 'before');
    const url = await sign('there.txt', { method: 'PUT' });
    expect((await put(url, 'x', { 'if-none-match': '*' })).status).toBe(409);
    expect((await put(url, 'x', { 'if-match': '"other"' })).status).toBe(412);
    expect((await put(url, 'x', { 'if-match': 'W/"other", "b"' })).status).toBe(400);
    expect((await put(url, 'x', { 'if-none-match': '"a"' })).status).toBe(400);
    const { etag } = await server.storage.head('there.txt');
    expect((await put(url, 'after', { 'if-match': `"${etag}"` })).status).toBe(200);
    const remove = await sign('there.txt', { method: 'DELETE' });
    expect((await fetch(remove, { method: 'DELETE', headers: { 'if-match': '"other"' } })).status).toBe(412);
    expect(await server.storage.text('there.txt')).toBe('after');
  });

  it('let no script run in the place of the application', async () => {
    await server.storage.put('page.txt', '<script>');
    const url = await sign('page.txt', {
      responseContentType: 'text/html',
      responseContentDisposition: 'inline',
    });
    const { headers } = await fetch(url);
    expect(headers.get('content-type')).toBe('text/html');
    expect(headers.get('content-disposition')).toMatch(/^attachment/);
    expect(headers.get('content-security-policy')).toContain('sandbox');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('store nothing of an upload that breaks off', async () => {
    const { pathname, search } = new URL(await sign('broken.txt', { method: 'PUT' }));
    const request = httpRequest({
      port: server.port,
      path: pathname + search,
      method: 'PUT',
      headers: { 'content-length': 500, 'content-type': 'text/plain' },
    });
    request.on('error', () => undefined);
    request.write(bytesOf(100));
    await new Promise((resolve) => setTimeout(resolve, 100));
    request.destroy();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await keysOf(server.storage)).not.toContain('broken.txt');
    expect((await fetch(await sign('broken.txt'))).status).toBe(404);
  });

  it('answer a refused body without waiting for its end', async () => {
    const { pathname, search } = new URL(await sign('big.txt', { method: 'PUT' }));
    const text = await raw(
      server.port,
      `PUT ${pathname}${search}0 HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nbeginning`,
      500,
    );
    expect(text).toMatch(/^HTTP\/1\.1 403 /);
  });
});

describeAdapters('Signed URLs', () => {
  it('that would lead to another storage end the start', async () => {
    const signing = { secret: SECRET, baseUrl: 'http://files.test' };
    const backend = new LocalBackend({ root: join(folder, currentAdapter(), 'mismatch'), signing });
    const modules = [
      storages({ documents: backend }),
      StorageHttpModule.forRoot({ storages: { documents: { operations: ['get'] } }, authorize: () => false }),
    ];
    await expect(boot(modules)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('signs URLs for "default": pass signing: { storage: \'documents\''),
    });
    await backend.close();
  });

  it.each<[string, StorageHttpExtras & { readonly globalPrefix?: string }]>([
    ['a prefix', { prefix: 'files/v2' }],
    ['a global prefix', { globalPrefix: 'Backend' }],
    ['a global prefix that ends in the prefix', { globalPrefix: 'a', prefix: 'b' }],
  ])('are below %s', async (_name, extras) => {
    const server = await serve(`prefix-${Object.values(extras).join('-').replace('/', '-')}`, {}, extras);
    const { url } = await server.storage.signedUrl('a.json', { method: 'PUT' });
    const answer = await fetch(url, {
      method: 'PUT',
      body: '{"a": 1}',
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(200);
    expect(await (await fetch((await server.storage.signedUrl('a.json')).url)).text()).toBe('{"a": 1}');
    await server.close();
  });
});
