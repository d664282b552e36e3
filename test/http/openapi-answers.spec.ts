import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv, type ValidateFunction } from 'ajv';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { APP_FILTER } from '@nestjs/core';
import { LocalBackend } from '../../src/backends/local/backend.js';
import { StorageError, type StorageErrorCode } from '../../src/core/error.js';
import { withLayers } from '../../src/core/layered-backend.js';
import type { SignedUrl } from '../../src/core/signed-url.js';
import { StorageExceptionFilter, StorageHttpModule, withStorageOpenApi } from '../../src/http/index.js';
import type { StorageService } from '../../src/storage/storage.service.js';
import { getStorageToken } from '../../src/storage/storage.tokens.js';
import { boot, form, storages, type Harness } from './harness.js';
import { GRANTED, MULTIPART, PartsSenders, SIGN } from './support/parts-senders.js';

interface Described {
  readonly responses: Record<
    string,
    { readonly content?: Record<string, { readonly schema: object }>; readonly headers?: object }
  >;
}

type Send = (init?: RequestInit, query?: string) => Promise<Response>;

/** What each problem that a storage may give is answered with. */
const FAULTS: readonly (readonly [StorageErrorCode, number, string?])[] = [
  ['TIMEOUT', 408, 'stalled'],
  ['CONFLICT', 409],
  ['PRECONDITION_FAILED', 412],
  ['INTEGRITY', 500],
  ['UNSUPPORTED', 501],
  ['BUCKET_NOT_FOUND', 502],
  ['UNAVAILABLE', 503],
  ['TIMEOUT', 504],
  ['NO_SPACE', 507],
];

describe('What is answered', () => {
  let folder: string;
  let server: Harness;
  let document: { readonly paths: Record<string, Record<string, Described>> };
  let fault: (() => StorageError) | undefined;
  let allowed = true;
  let isClean = true;
  const seen = new Set<string>();
  const validators = new Map<object, ValidateFunction>();
  const ajv = new Ajv({ strict: false, formats: { 'date-time': true, uri: true, binary: true } });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stowage-openapi-'));
    const servers: Harness[] = [];
    const local = (storage: string): LocalBackend =>
      new LocalBackend({
        root: join(folder, storage),
        durability: 'rename',
        signing: {
          secret: 'a secret of the tests, long enough',
          storage,
          baseUrl: () => servers[0]?.url ?? '',
        },
      });
    const documents = local('documents');
    const moved = local('moved');
    const backend = withLayers(documents, 'documents', [
      (operation, next) => (fault ? Promise.reject(fault()) : next(operation)),
    ]);
    server = await boot(
      [
        storages({ documents: backend, moved }),
        StorageHttpModule.forRoot({
          storages: {
            documents: {
              operations: ['upload', 'get', 'list', 'delete', 'presign', 'direct'],
              types: ['text/plain'],
              maxSize: 100,
              key: ({ name }) => name,
              scanner: {
                async scan(content) {
                  for await (const chunk of content) void chunk;
                  return isClean ? 'clean' : { infected: 'Test' };
                },
              },
            },
            moved: { operations: ['get'], redirect: true },
          },
          authorize: () => allowed,
          secret: 'a secret of the tests, long enough',
          health: true,
        }),
      ],
      {
        providers: [{ provide: APP_FILTER, useClass: StorageExceptionFilter }],
        destroy: async () => {
          await Promise.all([documents.close(), moved.close()]);
        },
      },
    );
    servers.push(server);
    const made: unknown = withStorageOpenApi({ paths: {} }, server.app);
    document = made as typeof document;
    ajv.addSchema(made as object, 'document');
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Holds an answer against what is said of it. */
  async function hold(method: string, path: string, response: Response): Promise<void> {
    const status = String(response.status);
    const described = document.paths[path]?.[method]?.responses[status];
    const text = await response.text();
    if (!described) throw new Error(`${method} ${path} answered ${status}, which is not described: ${text}`);
    seen.add(`${method} ${path} ${status}`);
    const type = response.headers.get('content-type')?.split(';')[0] ?? '';
    const { content, headers = {} } = described;
    for (const name of Object.keys(headers))
      expect([path, status, name, response.headers.has(name)]).toEqual([path, status, name, true]);
    if (method === 'head' || !content) return expect(text).toBe('');
    const media = content[type] ?? content['*/*'];
    if (!media) throw new Error(`${method} ${path} answered ${status} with ${type}, which is not described`);
    if (!type.endsWith('json')) return;
    const validate = validators.get(media) ?? ajv.compile(rooted(media.schema));
    validators.set(media, validate);
    validate(JSON.parse(text));
    expect([path, status, validate.errors ?? []]).toEqual([path, status, []]);
  }

  /** A schema of the document, whose references are to the document. */
  const rooted = (schema: object): object =>
    JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')) as object;

  const object = '/api/{storage}/objects/{key}';
  const signed = '/api/{storage}/signed/{key}';
  const at = (path: string): string =>
    server.url + path.replace('{storage}', 'documents').replace('{key}', 'a.txt');
  const plain =
    (method: string, path: string, own: RequestInit = {}): Send =>
    (init, query = '') =>
      fetch(at(path) + query, { method: method.toUpperCase(), ...own, ...init });
  const file = (text = 'hello', name = `${Math.random()}.txt`, type = 'text/plain'): RequestInit => ({
    body: form(['file', text, name, type]),
  });
  const bySignature =
    (method: 'GET' | 'HEAD' | 'PUT' | 'DELETE', own: RequestInit = {}): Send =>
    async (init = {}, query = '') => {
      const asked = fault;
      fault = undefined;
      const { url, headers }: SignedUrl = await server.storage.signedUrl('a.txt', { method });
      fault = asked;
      return fetch(url + query, {
        method,
        ...own,
        ...init,
        headers: { ...headers, ...(init.headers as Record<string, string>) },
      });
    };
  const ask = (body: object | string): RequestInit => ({
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'Content-Type': 'application/json' },
  });

  const direct = '/api/{storage}/direct';
  const confirm = '/api/{storage}/direct/confirm';
  const declared = (size = 5): object => ({
    name: `${Math.random()}.txt`,
    contentType: 'text/plain',
    size,
  });
  /** A confirmation of what was sent before. */
  const confirming =
    (content = 'hello'): Send =>
    async (init = {}, query = '') => {
      const [asked, may] = [fault, allowed];
      [fault, allowed] = [undefined, true];
      const begun = await plain('post', direct)(ask(declared(content.length)));
      const { url, headers, ticket } = (await begun.json()) as SignedUrl & { readonly ticket: string };
      await fetch(url, { method: 'PUT', headers, body: content });
      [fault, allowed] = [asked, may];
      return plain('post', confirm, ask({ ticket }))(init, query);
    };

  /** Of local disk no storage is asked for it: the URL is that of the server. */
  const PART = `${MULTIPART}/{uploadId}/{partNumber}`;
  const quietly = async <T>(work: () => Promise<T>): Promise<T> => {
    const [asked, may] = [fault, allowed];
    [fault, allowed] = [undefined, true];
    try {
      return await work();
    } finally {
      [fault, allowed] = [asked, may];
    }
  };
  const parts = (): PartsSenders => new PartsSenders(server.url, quietly);

  const OPERATIONS: readonly (readonly [method: string, path: string, send: () => Send])[] = [
    [
      'post',
      '/api/{storage}/upload',
      () => (init, query) => plain('post', '/api/{storage}/upload', file())(init, query),
    ],
    ['get', '/api/{storage}/objects', () => plain('get', '/api/{storage}/objects')],
    ['get', object, () => plain('get', object)],
    ['head', object, () => plain('head', object)],
    ['delete', object, () => plain('delete', object)],
    [
      'post',
      '/api/{storage}/presign',
      () => plain('post', '/api/{storage}/presign', ask({ method: 'GET', key: 'a.txt' })),
    ],
    ['post', direct, () => plain('post', direct, ask(declared()))],
    ['post', confirm, () => confirming()],
    ['get', signed, () => bySignature('GET')],
    ['head', signed, () => bySignature('HEAD')],
    ['put', signed, () => bySignature('PUT', { body: 'hello', headers: { 'Content-Type': 'text/plain' } })],
    ['delete', signed, () => bySignature('DELETE')],
    ...new PartsSenders('', quietly).all.map(
      ([method, path], index) => [method, path, () => parts().all[index]?.[2]() ?? plain('get', '')] as const,
    ),
  ];

  describe.each(OPERATIONS)('to %s %s', (method, path, make) => {
    const answer = async (init?: RequestInit, query?: string): Promise<number> => {
      const response = await make()(init, query);
      await hold(method, path, response);
      return response.status;
    };

    it('is described when all is well', async () => {
      await server.storage.put('a.txt', 'hello', { contentType: 'text/plain' });
      expect(Math.floor((await answer()) / 100)).toBe(2);
    });

    it.each(FAULTS)('is described when the storage says %s (%i)', async (...row) => {
      const [code, status, reason] = row;
      const responses = document.paths[path]?.[method]?.responses ?? {};
      if (!(String(status) in responses) || path === PART) return;
      await server.storage.put('a.txt', 'hello', { contentType: 'text/plain' });
      fault = () => new StorageError(code, 'A fault of the test', { reason });
      try {
        expect(await answer()).toBe(status);
      } finally {
        fault = undefined;
      }
    });

    it('is described when it is not allowed', async () => {
      allowed = false;
      try {
        if (path === signed || path === GRANTED)
          expect((await hold(method, path, await fetch(at(path), { method })), 0)).toBe(0);
        else expect(await answer()).toBe(403);
      } finally {
        allowed = true;
      }
    });

    it('is described when there is no such storage or object', async () => {
      const response = await fetch(at(path).replace('documents', 'nothing'), { method });
      await hold(method, path, response);
      expect(response.status).toBe(404);
    });

    it('is described when the request is not valid', async () => {
      const wrong = path.includes('{key}')
        ? fetch(at(path).replace('a.txt', '..%2Fa'), { method })
        : make()(method === 'post' ? ask({ method: 'NOTHING' }) : {}, '?limit=-1');
      const response = await wrong;
      await hold(method, path, response);
      expect([400, 403, 415]).toContain(response.status);
      if (path === signed)
        await hold(method, path, await fetch(at(path).replace('a.txt', '%zz'), { method }));
    });
  });

  it('is described when a file is refused', async () => {
    const path = '/api/{storage}/upload';
    const answer = async (init: RequestInit): Promise<number> => {
      const response = await plain('post', path)(init);
      await hold('post', path, response);
      return response.status;
    };
    expect(await answer(file('x'.repeat(101)))).toBe(413);
    expect(await answer(file('x', 'a.png', 'image/png'))).toBe(415);
    expect(await answer(file('x', 'same.txt'))).toBe(201);
    expect(await answer(file('x', 'same.txt'))).toBe(409);
    isClean = false;
    expect(await answer(file())).toBe(422);
    const put = bySignature('PUT', { body: 'hello', headers: { 'Content-Type': 'text/plain' } });
    await hold('put', signed, await put());
    isClean = true;
    expect(await answer({ body: new FormData() })).toBe(400);
    expect(await answer({ body: form(['files', 'x', 'b.txt'], ['files', 'y', 'c.txt']) })).toBe(201);
  });

  it('is described when a direct upload is refused', async () => {
    const answer = async (path: string, send: Send): Promise<number> => {
      const response = await send();
      await hold('post', path, response);
      return response.status;
    };
    expect(await answer(direct, plain('post', direct, ask(declared(101))))).toBe(413);
    expect(await answer(direct, plain('post', direct, ask({ ...declared(), contentType: 'a/b' })))).toBe(415);
    expect(await answer(confirm, confirming('<html>'))).toBe(415);
    expect(await answer(confirm, plain('post', confirm, ask({ ticket: 'x' })))).toBe(403);
    expect(await answer(confirm, plain('post', confirm, ask({ ticket: 'x'.repeat(40_000) })))).toBe(413);
    isClean = false;
    expect(await answer(confirm, confirming())).toBe(422);
    isClean = true;
  });

  it('is described when an upload in parts is refused', async () => {
    const answer = async (method: string, path: string, send: Send, init?: RequestInit): Promise<number> => {
      const response = await send(init);
      await hold(method, path, response);
      return response.status;
    };
    const upload = `${MULTIPART}/{uploadId}`;
    const complete = `${upload}/complete`;
    const completing = (content?: string) => parts().companion('POST', '/complete', {}, content);
    const create = { method: 'POST', key: 'a.txt' };
    expect(await answer('post', SIGN, parts().post('sign', { ...create, size: 101 }))).toBe(413);
    expect(await answer('post', SIGN, parts().post('sign', { ...create, contentType: 'a/b' }))).toBe(415);
    const large = { filename: 'a'.repeat(40_000) };
    expect(await answer('post', MULTIPART, parts().post('s3/multipart', large))).toBe(413);
    const typed = { filename: 'a.png', type: 'image/png' };
    expect(await answer('post', MULTIPART, parts().post('s3/multipart', typed))).toBe(415);
    const without = (method: string, rest = '') => parts().companion(method, rest, undefined, '', false);
    expect(await answer('get', upload, without('GET'))).toBe(400);
    expect(await answer('delete', upload, without('DELETE'))).toBe(400);
    expect(await answer('get', `${upload}/{partNumber}`, without('GET', '/1'))).toBe(400);
    expect(await answer('post', complete, parts().companion('POST', '/complete', { parts: 1 }))).toBe(400);
    expect(await answer('post', complete, completing(), ask(`{"a":"${'x'.repeat(2_200_000)}"}`))).toBe(413);
    expect(await answer('post', complete, completing('<html>'))).toBe(415);
    expect(await answer('post', GRANTED, parts().complete('<html>'))).toBe(415);
    expect(await answer('post', GRANTED, parts().complete(), { body: 'x'.repeat(2_200_000) })).toBe(413);
    expect(await answer('post', GRANTED, parts().complete(), { body: '' })).toBe(400);
    const put = (more: object = {}) => parts().granted('PUT', { partNumber: 1, ...more });
    expect(await answer('put', GRANTED, put({ size: 4 }), { body: 'hello' })).toBe(400);
    expect(await answer('put', GRANTED, put(), { body: 'x'.repeat(101) })).toBe(413);
    const coded = { body: 'x', headers: { 'Content-Encoding': 'gzip' } };
    expect(await answer('put', GRANTED, put(), coded)).toBe(415);
    const params = MULTIPART.replace('multipart', 'params');
    const form = (query = '?filename=a.png&type=image/png') => plain('get', params + query);
    expect(await answer('get', params, form())).toBe(415);
    expect(await answer('get', params, form(''))).toBe(400);
    isClean = false;
    expect(await answer('post', complete, completing())).toBe(422);
    expect(await answer('post', GRANTED, parts().complete())).toBe(422);
    isClean = true;
  });

  it('is described for conditions, ranges and signatures', async () => {
    await server.storage.put('a.txt', 'hello', { contentType: 'text/plain' });
    for (const [method, path, make] of OPERATIONS) {
      if (!path.includes('{key}')) continue;
      const send = async (headers: Record<string, string>, query?: string): Promise<void> => {
        await server.storage.put('a.txt', 'hello', { contentType: 'text/plain' });
        const body =
          method === 'put'
            ? { body: 'hello', headers: { 'Content-Type': 'text/plain', ...headers } }
            : { headers };
        await hold(method, path, await make()(body, query));
      };
      await send({ 'If-Match': '"another"' });
      await send({ 'If-None-Match': '*' });
      if (method === 'get') {
        await send({ Range: 'bytes=1-2' });
        await send({ Range: 'bytes=9-' });
      }
      if (path === signed) await send({}, '&signature=x');
      if (method === 'put') {
        await hold(
          method,
          path,
          await make()({ body: 'x'.repeat(101), headers: { 'Content-Type': 'text/plain' } }),
        );
        await hold(method, path, await make()({ body: 'x', headers: { 'Content-Type': 'image/png' } }));
        await hold(
          method,
          path,
          await make()({ body: 'x', headers: { 'Content-Type': 'text/plain', 'If-Match': 'x' } }),
        );
      }
    }
    const presign = '/api/{storage}/presign';
    for (const body of [
      { method: 'PUT', key: 'a.png', contentType: 'image/png' },
      { method: 'PUT', key: 'a.txt', size: 101 },
      { method: 'PUT', key: 'a.txt' },
      { method: 'GET' },
    ])
      await hold('post', presign, await plain('post', presign)(ask(body)));
    const { app } = server;
    await app.get<StorageService>(getStorageToken('moved'), { strict: false }).put('a.txt', 'hello');
    const elsewhere = at(object).replace('documents', 'moved');
    await hold('get', object, await fetch(elsewhere, { redirect: 'manual' }));
    const health = '/api/v1/storage/health';
    await hold('get', health, await fetch(server.url + health));
    fault = () => new StorageError('UNAVAILABLE', 'A fault of the test');
    await hold('get', health, await fetch(server.url + health));
    fault = undefined;
  });

  it('was seen, each answer that is described', () => {
    const described = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, { responses }]) =>
        Object.keys(responses).map((status) => `${method} ${path} ${status}`),
      ),
    );
    const unasked = new RegExp(`^get ${PART} 5`.replaceAll(/[{}]/g, String.raw`\$&`));
    expect(described.filter((one) => !seen.has(one) && !unasked.test(one))).toEqual([]);
  });
});
