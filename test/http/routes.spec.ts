import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  ForbiddenException,
  Injectable,
  Module,
  type CanActivate,
  UnauthorizedException,
} from '@nestjs/common';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import {
  StorageHttpModule,
  type StorageAccessRequest,
  type StorageAuthorizer,
  type StorageHttpOperation,
} from '../../src/http/index.js';
import { boot, form, type Harness, keysOf, raw, rawGet, serveDocuments, storages } from './harness.js';

let server: Harness;
afterEach(() => server.close());

const ALL: readonly [StorageHttpOperation, string, string][] = [
  ['upload', 'POST', 'upload'],
  ['get', 'GET', 'objects/a.txt'],
  ['get', 'HEAD', 'objects/a.txt'],
  ['delete', 'DELETE', 'objects/a.txt'],
  ['list', 'GET', 'objects'],
];
const call = (method: string, path: string): Promise<Response> =>
  fetch(`${server.url}/api/documents/${path}`, {
    method,
    ...(method === 'POST' && { body: form(['file', 'x', 'x.txt']) }),
  });

describe('A route', () => {
  it.each(ALL)('of %s (%s) is there only where it is enabled', async (operation, method, path) => {
    server = await serveDocuments({ operations: [operation] });
    await server.storage.put('a.txt', 'x');
    for (const [other, otherMethod, otherPath] of ALL) {
      const { status } = await call(otherMethod, otherPath);
      if (other === operation && otherMethod === method) expect(status).toBeLessThan(300);
      if (other !== operation) expect(status).toBe(404);
      await server.storage.put('a.txt', 'x');
    }
    expect((await fetch(`${server.url}/api/others/${path}`, { method })).status).toBe(404);
  });

  it.each(ALL)('of %s (%s) is refused when authorize says so', async (operation, method, path) => {
    const authorize = jest.fn<(access: StorageAccessRequest) => boolean>(() => false);
    server = await serveDocuments({}, { authorize, principal: () => 'me' });
    await server.storage.put('a.txt', 'x');
    const response = await call(method, path);
    expect(response.status).toBe(403);
    if (method !== 'HEAD') expect(await response.json()).toMatchObject({ code: 'FORBIDDEN', status: 403 });
    expect(await keysOf(server.storage)).toEqual(['a.txt']);
    const { request, ...asked } = authorize.mock.calls[0]?.[0] ?? ({} as StorageAccessRequest);
    expect(request.method).toBe(method);
    expect(asked).toEqual({
      principal: 'me',
      operation,
      storage: 'documents',
      ...((operation === 'get' || operation === 'delete') && { key: 'a.txt' }),
      ...(operation === 'list' && { prefix: '' }),
    });
  });

  it.each([undefined, null, 1, 'yes', {}, { scope: '' }, { scope: undefined }, { scope: 7 }])(
    'is refused when authorize gives %j',
    async (decision) => {
      server = await serveDocuments({}, { authorize: () => decision as never });
      expect((await call('GET', 'objects')).status).toBe(403);
    },
  );

  it('is 500 without internals when authorize fails or gives no scope', async () => {
    let fail = true;
    server = await serveDocuments(
      {},
      {
        authorize: () => {
          if (fail) throw new Error('password=secret');
          return { scope: '../up' };
        },
      },
    );
    const first = await call('GET', 'objects');
    expect([first.status, (await first.text()).includes('secret')]).toEqual([500, false]);
    fail = false;
    expect((await call('GET', 'objects')).status).toBe(500);
  });

  it('answers the exception that authorize throws', async () => {
    server = await serveDocuments(
      {},
      { authorize: () => Promise.reject(new UnauthorizedException('Say who you are')) },
    );
    const response = await call('GET', 'objects');
    expect(await response.json()).toMatchObject({
      status: 401,
      code: 'UNAUTHORIZED',
      detail: 'Say who you are',
    });
  });

  it('of an upload is refused before the body is read', async () => {
    server = await serveDocuments({}, { authorize: () => false });
    const answer = await raw(
      server.port,
      'POST /api/documents/upload HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=XX\r\n' +
        'Content-Length: 100000000\r\n\r\n--XX\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n',
      300,
    );
    expect(answer).toMatch(/^HTTP\/1.1 403/);
  });
});

describe('A scope', () => {
  it('holds what a user does, keys in and out', async () => {
    server = await serveDocuments(
      {},
      { authorize: ({ request }) => ({ scope: String(request.headers['x-user']) }) },
    );
    const as = (user: string, path: string, init: RequestInit = {}): Promise<Response> =>
      fetch(`${server.url}/api/documents/${path}`, { ...init, headers: { 'X-User': user } });
    const uploaded = await as('alice', 'upload', { method: 'POST', body: form(['file', 'hers', 'a.txt']) });
    const { key, url } = (await uploaded.json()) as { key: string; url: string };
    expect(await keysOf(server.storage)).toEqual([`alice/${key}`]);
    expect(url).toBe(`/api/documents/objects/${key}`);
    expect(await (await as('alice', `objects/${key}`)).text()).toBe('hers');
    expect(await (await as('alice', 'objects')).json()).toMatchObject({ objects: [{ key, size: 4 }] });
    expect(await (await as('bob', 'objects')).json()).toEqual({ objects: [], prefixes: [] });
    expect((await as('bob', `objects/${key}`)).status).toBe(404);
    for (const path of [
      `../alice/${key}`,
      `..%2Falice%2F${key}`,
      `%2e%2e/alice/${key}`,
      `%2e%2e%2falice%2f${key}`,
      `a/../../alice/${key}`,
      `/alice/${key}`,
      `%2Falice/${key}`,
      `..%5Calice%5C${key}`,
      `.%00./alice/${key}`,
      `x/objects/../../alice/${key}`,
    ]) {
      const { status, text } = await rawGet(server.port, `/api/documents/objects/${path}`, 'X-User: bob\r\n');
      expect([path, status >= 400 && status < 500, text.includes('hers')]).toEqual([path, true, false]);
    }
    for (const path of [`alice/${key}`, `%252e%252e%252falice/${key}`, `%252e%252e/alice/${key}`]) {
      expect((await rawGet(server.port, `/api/documents/objects/${path}`, 'X-User: bob\r\n')).status).toBe(
        404,
      );
    }
    for (const prefix of ['../', '../alice', '/', 'alice/']) {
      const page = await as('bob', `objects?prefix=${encodeURIComponent(prefix)}`);
      expect(await page.json()).toEqual({ objects: [], prefixes: [] });
    }
    expect((await as('bob', `objects/${key}`, { method: 'DELETE' })).status).toBe(204);
    expect((await as('alice', `objects/${key}`, { method: 'DELETE' })).status).toBe(204);
    expect(await keysOf(server.storage)).toEqual([]);
  });
});

describe('A key', () => {
  it.each([
    ['a/b.txt', 'a/b.txt'],
    ['a%2Fb.txt', 'a/b.txt'],
    ['a%2fb.txt', 'a/b.txt'],
    ['%61/b.txt', 'a/b.txt'],
    ['with%20space', 'with space'],
    ['plus+plus', 'plus+plus'],
    ['%E6%97%A5%E6%9C%AC', '日本'],
    ['a%252Fb', 'a%2Fb'],
    ['a%3Fb%23c', 'a?b#c'],
    ['...', '...'],
    ['x/objects/y', 'x/objects/y'],
    ['documents/objects/y', 'documents/objects/y'],
    ['a.txt?x=/api/documents/objects/y', 'a.txt'],
    ["!$&'()*,;=:@~", "!$&'()*,;=:@~"],
  ])('%j in a path is %j', async (path, key) => {
    server = await serveDocuments();
    await server.storage.put(key, 'found');
    const { status, text } = await rawGet(server.port, `/api/documents/objects/${path}`);
    expect([status, text.endsWith('found')]).toEqual([200, true]);
    const deleted = await raw(
      server.port,
      `DELETE /api/documents/objects/${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(deleted).toMatch(/^HTTP\/1.1 204/);
    expect(await keysOf(server.storage)).toEqual([]);
  });

  it.each([
    '%',
    '%zz',
    'a%2',
    '%ff',
    '%c0%af',
    '%ed%a0%80',
    '..',
    '../x',
    'a/../b',
    './a',
    '%2e%2e',
    '%2E%2E%2Fa',
    'a/%2e/b',
    'a//b',
    '%2Fa',
    'a/',
    'a%2F',
    'a%00b',
    'a%0Ab',
    'a%7Fb',
    'a%5Cb',
    'x'.repeat(1025),
    '%C3%BC'.repeat(513),
  ])('%j in a path is refused with 400', async (path) => {
    server = await serveDocuments();
    const { status, text } = await rawGet(server.port, `/api/documents/objects/${path}`);
    expect(status).toBe(400);
    expect(text).not.toContain('node_modules');
  });

  it('may come in the absolute form of a target', async () => {
    server = await serveDocuments();
    await server.storage.put('a.txt', 'found');
    expect((await rawGet(server.port, 'http://other/api/documents/objects/a.txt')).status).toBe(200);
  });
});

describe('A list', () => {
  const list = async (query: string): Promise<{ status: number; body: Record<string, unknown> }> => {
    const response = await fetch(`${server.url}/api/documents/objects?${query}`);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('gives pages of objects and prefixes', async () => {
    server = await serveDocuments();
    for (const key of ['a/1', 'a/2', 'b', 'c d']) await server.storage.put(key, 'x');
    const { etag, lastModified } = await server.storage.head('b');
    expect((await list('delimiter=/')).body).toEqual({
      objects: [
        { key: 'b', size: 1, etag, lastModified: lastModified.toISOString() },
        expect.objectContaining({ key: 'c d' }),
      ],
      prefixes: ['a/'],
    });
    expect((await list('prefix=c%20d')).body.objects).toHaveLength(1);
    expect((await list('prefix=c+d')).body.objects).toHaveLength(1);
    const keys: unknown[] = [];
    let cursor = '';
    do {
      const { body } = await list(`limit=3${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      keys.push(...(body.objects as { key: string }[]).map(({ key }) => key));
      cursor = (body.cursor as string | undefined) ?? '';
    } while (cursor);
    expect(keys).toEqual(['a/1', 'a/2', 'b', 'c d']);
  });

  it.each([
    'limit=0',
    'limit=1001',
    'limit=-1',
    'limit=1.5',
    'limit=',
    'limit=x',
    'limit=1&limit=2',
    'delimiter=-',
    'delimiter=//',
    'prefix=a&prefix=b',
    'cursor=nonsense',
    `prefix=${'x'.repeat(1025)}`,
  ])('with %j is 400', async (query) => {
    server = await serveDocuments();
    expect(await list(query)).toMatchObject({ status: 400, body: { code: 'INVALID_ARGUMENT' } });
  });
});

describe('A delete', () => {
  const remove = (headers: Record<string, string>): Promise<Response> =>
    fetch(`${server.url}/api/documents/objects/a`, { method: 'DELETE', headers });

  it('keeps its conditions', async () => {
    server = await serveDocuments();
    const { etag } = await server.storage.put('a', 'x');
    expect((await remove({ 'If-Match': '"x"' })).status).toBe(412);
    expect((await remove({ 'If-Match': `W/"${etag}"` })).status).toBe(412);
    expect((await remove({ 'If-None-Match': `"${etag}"` })).status).toBe(412);
    expect((await remove({ 'If-Unmodified-Since': 'Mon, 01 Jan 2001 00:00:00 GMT' })).status).toBe(412);
    expect(await keysOf(server.storage)).toEqual(['a']);
    expect((await remove({ 'If-Match': `"x", "${etag}"` })).status).toBe(204);
    expect((await remove({ 'If-Match': '*' })).status).toBe(404);
    expect((await remove({})).status).toBe(204);
  });
});

describe('The module', () => {
  const documents = { operations: ['upload', 'get'] as const };
  const reachable = async (path: string): Promise<boolean> =>
    (await fetch(`${server.url}${path}/documents/objects/a`)).status === 200;

  it.each([
    [undefined, undefined, '/api'],
    ['api', undefined, '/api'],
    ['/api/', undefined, '/api'],
    ['v2', undefined, '/v2/api'],
    ['v2/api', undefined, '/v2/api'],
    ['notapi', undefined, '/notapi/api'],
    [undefined, 'files/all', '/files/all'],
    ['files/all', 'files/all', '/files/all'],
    ['api', 'files', '/api/files'],
    [undefined, '', ''],
    ['x', '', '/x'],
  ])('with the global prefix %j and its own %j is at %j', async (global, prefix, expected) => {
    server = await boot(
      [
        storages({ documents: new MemoryBackend() }),
        StorageHttpModule.forRoot({
          storages: { documents },
          authorize: () => true,
          health: true,
          ...(prefix !== undefined && { prefix }),
        }),
      ],
      { ...(global !== undefined && { prefix: global }) },
    );
    await server.storage.put('a', 'x');
    expect(await reachable(expected)).toBe(true);
    expect(await reachable(`${expected}/api`)).toBe(false);
    expect((await fetch(`${server.url}${expected}/v1/storage/health`)).status).toBe(200);
    const uploaded = await fetch(`${server.url}${expected}/documents/upload`, {
      method: 'POST',
      body: form(['file', 'x', 'x.txt']),
    });
    const { url } = (await uploaded.json()) as { url: string };
    expect(url.startsWith(`${expected}/documents/objects/`)).toBe(true);
    expect((await fetch(server.url + url)).status).toBe(200);
  });

  it('may be one constant in two applications with different global prefixes', async () => {
    const module = StorageHttpModule.forRoot({ storages: { documents }, authorize: () => true });
    const first = await boot([storages({ documents: new MemoryBackend() }), module], { prefix: 'api' });
    server = await boot([storages({ documents: new MemoryBackend() }), module]);
    for (const one of [first, server]) {
      await one.storage.put('a', 'x');
      expect((await fetch(`${one.url}/api/documents/objects/a`)).status).toBe(200);
    }
    await first.close();
  });

  it('takes its options from a factory, its authorizer from a provider and its guards with what they inject', async () => {
    @Injectable()
    class Users {
      readonly names = ['alice'];
    }
    @Module({ providers: [Users], exports: [Users] })
    class UsersModule {}
    @Injectable()
    class UserGuard implements CanActivate {
      constructor(private readonly users: Users) {}
      canActivate(context: Parameters<CanActivate['canActivate']>[0]): boolean {
        const request = context.switchToHttp().getRequest<{ user?: string }>();
        [request.user = ''] = this.users.names;
        return true;
      }
    }
    @Injectable()
    class Authorizer implements StorageAuthorizer {
      constructor(private readonly users: Users) {}
      authorize({ principal }: StorageAccessRequest): boolean {
        if (!this.users) throw new ForbiddenException();
        return principal === 'alice';
      }
    }
    @Module({ imports: [UsersModule], providers: [Authorizer] })
    class AuthModule {}
    server = await boot([
      storages({ documents: new MemoryBackend() }),
      AuthModule,
      StorageHttpModule.forRootAsync({
        imports: [UsersModule],
        inject: [Users],
        guards: [UserGuard],
        useFactory: (users: Users) => ({
          storages: { documents: { operations: ['get'], group: users.names[0] } },
          authorize: Authorizer,
        }),
      }),
    ]);
    await server.storage.put('a', 'x');
    expect(await reachable('/api')).toBe(true);
  });

  it('has a health check that says which storage is down, and none unless it is asked for', async () => {
    const broken = new MemoryBackend();
    broken.list = () => Promise.reject(new Error('/var/secret'));
    server = await boot([
      storages({ documents: new MemoryBackend(), broken }),
      StorageHttpModule.forRoot({
        storages: { documents, broken: { operations: ['get'] } },
        authorize: () => false,
        health: { timeoutMs: 500 },
      }),
    ]);
    const response = await fetch(`${server.url}/api/v1/storage/health`);
    expect(response.status).toBe(503);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({
      status: 'down',
      storages: { documents: { status: 'up' }, broken: { status: 'down', code: 'UNKNOWN' } },
    });
    expect(text).not.toContain('secret');
    await server.close();
    server = await serveDocuments();
    expect((await fetch(`${server.url}/api/v1/storage/health`)).status).toBe(404);
  });

  it('has a health check that is bounded in time', async () => {
    const stalled = new MemoryBackend();
    stalled.list = () => new Promise(() => undefined);
    server = await serveDocuments({}, { backend: stalled, health: { timeoutMs: 100 } });
    const started = Date.now();
    const answers = await Promise.all([1, 2, 3].map(() => fetch(`${server.url}/api/v1/storage/health`)));
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(Date.now() - started).toBeLessThan(1500);
  });
});
