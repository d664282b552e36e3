import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { StorageAccessRequest, StorageHttpOperation } from '../../src/http/index.js';
import { form, type Harness, keysOf, raw, rawGet, serveDocuments } from './harness.js';
import { forEachPlace } from './support/places.js';

let server: Harness;

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

forEachPlace(({ open, deletesConditionally, clockMs }) => {
  type Serve = typeof serveDocuments;
  const serve = async (options?: Parameters<Serve>[0], extras?: Parameters<Serve>[1]): Promise<void> => {
    server = await serveDocuments(options, { ...(await open()), ...extras });
  };
  afterEach(() => server.close());

  describe('A route', () => {
    it.each(ALL)('of %s (%s) is there only where it is enabled', async (operation, method, path) => {
      await serve({ operations: [operation] });
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
      await serve({}, { authorize, principal: () => 'me' });
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
  });

  describe('A scope', () => {
    it('holds what a user does, keys in and out', async () => {
      await serve({}, { authorize: ({ request }) => ({ scope: String(request.headers['x-user']) }) });
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
        const { status, text } = await rawGet(
          server.port,
          `/api/documents/objects/${path}`,
          'X-User: bob\r\n',
        );
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
      await serve();
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
      await serve();
      const { status, text } = await rawGet(server.port, `/api/documents/objects/${path}`);
      expect(status).toBe(400);
      expect(text).not.toContain('node_modules');
    });

    it('may come in the absolute form of a target', async () => {
      await serve();
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
      await serve();
      for (const key of ['a/1', 'a/2', 'b', 'c d']) await server.storage.put(key, 'x');
      const { etag, lastModified } = await server.storage.head('b');
      const { body: folder } = await list('delimiter=/');
      expect(folder).toEqual({
        objects: [
          { key: 'b', size: 1, etag, lastModified: expect.any(String) as unknown },
          expect.objectContaining({ key: 'c d' }),
        ],
        prefixes: ['a/'],
      });
      const [listed] = folder.objects as readonly { readonly lastModified: string }[];
      const ms = Date.parse(listed?.lastModified ?? '');
      expect(ms - (ms % clockMs)).toBe(lastModified.getTime());
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

    it.each(['/', '//', '/a', 'a//', 'a//1', '.', '..', './a', '../', 'a/.', 'a/../a', 'a/..', 'A', 'a/1/'])(
      'is empty for the prefix %j, which no key has',
      async (prefix) => {
        await serve();
        await server.storage.put('a/1', 'x');
        for (const delimiter of ['', '&delimiter=/'])
          expect(await list(`prefix=${encodeURIComponent(prefix)}${delimiter}`)).toEqual({
            status: 200,
            body: { objects: [], prefixes: [] },
          });
      },
    );

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
      await serve();
      expect(await list(query)).toMatchObject({ status: 400, body: { code: 'INVALID_ARGUMENT' } });
    });
  });

  describe('A delete', () => {
    const remove = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${server.url}/api/documents/objects/a`, { method: 'DELETE', headers });

    it('keeps its conditions, or refuses to', async () => {
      await serve();
      const { etag } = await server.storage.put('a', 'x');
      expect((await remove({ 'If-Match': '"x"' })).status).toBe(412);
      expect((await remove({ 'If-Match': `W/"${etag}"` })).status).toBe(412);
      expect((await remove({ 'If-None-Match': `"${etag}"` })).status).toBe(412);
      expect((await remove({ 'If-Unmodified-Since': 'Mon, 01 Jan 2001 00:00:00 GMT' })).status).toBe(412);
      expect(await keysOf(server.storage)).toEqual(['a']);
      if (deletesConditionally) expect((await remove({ 'If-Match': `"x", "${etag}"` })).status).toBe(204);
      else {
        expect((await remove({ 'If-Match': `"x", "${etag}"` })).status).toBe(501);
        expect(await keysOf(server.storage)).toEqual(['a']);
        expect((await remove({})).status).toBe(204);
      }
      expect((await remove({ 'If-Match': '*' })).status).toBe(404);
      expect((await remove({})).status).toBe(204);
    });
  });
});
