import { afterEach, expect, it } from '@jest/globals';
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
} from '../../src/http/index.js';
import { boot, form, type Harness, raw, serveDocuments, storages } from './harness.js';
import { describeAdapters } from './support/adapters.js';

let server: Harness;
afterEach(() => server.close());

const call = (method: string, path: string): Promise<Response> =>
  fetch(`${server.url}/api/documents/${path}`, {
    method,
    ...(method === 'POST' && { body: form(['file', 'x', 'x.txt']) }),
  });

describeAdapters('A route', () => {
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

describeAdapters('The module', () => {
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
    server = await serveDocuments({}, { backend: stalled, health: { timeoutMs: 2_500 } });
    const started = performance.now();
    const answers = await Promise.all([1, 2, 3].map(() => fetch(`${server.url}/api/v1/storage/health`)));
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
    // More than without the option: a bound from above would be one of the machine, too.
    expect(performance.now() - started).toBeGreaterThanOrEqual(2_450);
  });
});
