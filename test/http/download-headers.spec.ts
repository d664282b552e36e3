import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import type { StorageBackend } from '../../src/core/backend.js';
import type { ObjectInfo } from '../../src/core/object.js';
import { rawGet, serveDocuments, type Harness } from './harness.js';
import { describeAdapters } from './support/adapters.js';
import { altered } from './support/altered.js';

let server: Harness;
const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
  fetch(`${server.url}/api/documents/objects/${path}`, { headers, method });

/** A backend that tells of its objects what `change` makes of it. */
function telling(change: (info: ObjectInfo) => ObjectInfo): StorageBackend {
  const inner = new MemoryBackend();
  return altered(inner, {
    head: async (key, options) => change(await inner.head(key, options)),
    get: async (key, { ifMatch: _, ...options }) => {
      const content = await inner.get(key, options);
      return { ...content, info: change(content.info) };
    },
  });
}

describeAdapters('The headers of a download', () => {
  const start = async (backend: StorageBackend = new MemoryBackend()): Promise<void> => {
    server = await serveDocuments({}, { backend });
  };
  afterEach(() => server.close());

  describe('of an object from the future', () => {
    const lastModified = new Date(Date.now() + 3_600_000);
    beforeEach(async () => {
      await start(telling((info) => ({ ...info, lastModified })));
      await server.storage.put('a.txt', 'abc');
    });

    it('have a Last-Modified that is not later than the answer', async () => {
      for (const method of ['GET', 'HEAD']) {
        const { headers } = await get('a.txt', {}, method);
        const date = Date.parse(headers.get('date') ?? '');
        expect(Date.parse(headers.get('last-modified') ?? '')).toBeLessThanOrEqual(date + 1000);
      }
    });

    it('are not taken for a version that a client may continue', async () => {
      const since = (await get('a.txt')).headers.get('last-modified') ?? '';
      expect((await get('a.txt', { Range: 'bytes=1-', 'If-Range': since })).status).toBe(200);
    });
  });

  describe('of an object with a weak ETag', () => {
    const etag = 'W/"abc"';
    beforeEach(async () => {
      await start(telling((info) => ({ ...info, etag })));
      await server.storage.put('a.txt', '0123456789');
    });

    it('have it as it is', async () => {
      expect((await get('a.txt')).headers.get('etag')).toBe(etag);
    });

    it.each<[Record<string, string>, number]>([
      [{ 'If-None-Match': etag }, 304],
      [{ 'If-None-Match': '"abc"' }, 304],
      [{ 'If-None-Match': '"abcd"' }, 200],
      [{ 'If-Match': etag }, 412],
      [{ 'If-Match': '"abc"' }, 412],
      [{ 'If-Match': '*' }, 200],
      [{ Range: 'bytes=0-1', 'If-Range': etag }, 200],
      [{ Range: 'bytes=0-1', 'If-Range': '"abc"' }, 200],
      [{ Range: 'bytes=0-1' }, 206],
    ])('are decided on by %j: %d', async (headers, status) => {
      expect((await get('a.txt', headers)).status).toBe(status);
    });
  });

  it('of an object with a weak ETag that is replaced between the decision and the reading are those of the new one', async () => {
    let asked = 0;
    await start(telling((info) => ({ ...info, etag: `W/"${asked++ === 0 ? 'old' : 'new'}"` })));
    await server.storage.put('a.txt', '0123456789');
    asked = 0;
    const response = await get('a.txt', { 'If-None-Match': '"x"' });
    expect([response.status, response.headers.get('etag')]).toEqual([200, 'W/"new"']);
  });

  it('of a part forbid whoever is between to change its bytes', async () => {
    await start();
    await server.storage.put('a.txt', '0123456789', { cacheControl: 'public, max-age=60' });
    await server.storage.put('b.txt', '0123456789', { cacheControl: 'no-transform' });
    const cacheControl = async (path: string, headers = {}): Promise<string | null> =>
      (await get(path, headers)).headers.get('cache-control');
    expect(await cacheControl('a.txt', { Range: 'bytes=0-1' })).toBe('public, max-age=60, no-transform');
    expect(await cacheControl('b.txt', { Range: 'bytes=0-1' })).toBe('no-transform');
    expect(await cacheControl('a.txt')).toBe('public, max-age=60');
  });

  it('of stored gzip stay when a part of it is asked for, whose bytes are those of the gzip', async () => {
    await start();
    const bytes = Buffer.from('no gzip at all');
    await server.storage.put('a.gz', bytes, { contentType: 'text/plain', contentEncoding: 'gzip' });
    const head = await get('a.gz', { Range: 'bytes=0-1' }, 'HEAD');
    expect(head.headers.get('content-length')).toBe('14');
    // Not by fetch, which would decode it.
    const { text } = await rawGet(server.port, '/api/documents/objects/a.gz', 'Range: bytes=3-6\r\n');
    expect(text).toMatch(/^HTTP\/1\.1 206 [^]*\r\nContent-Encoding: gzip\r\n[^]*\r\n\r\ngzip$/i);
    expect(text).toMatch(/\r\nContent-Range: bytes 3-6\/14\r\n/i);
  });

  it.each([
    ['é.txt'],
    ['Résumé – final.pdf'],
    ['日本語.pdf'],
    ['Ελληνικά.txt'],
    ['Привет мир.txt'],
    ['مرحبا.txt'],
    ['שלום.txt'],
    ['हिन्दी.txt'],
    ['ไทย.txt'],
    ['한국어.txt'],
    ['😀.png'],
    ['100% "sure"; it\'s (a) = b.txt'],
    ['a%20b.txt'],
  ])('name it %s', async (name) => {
    await start();
    await server.storage.put('x', 'x', {
      contentDisposition: `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
    });
    const disposition = (await get('x')).headers.get('content-disposition') ?? '';
    // RFC 8187 for those who read it; the others get ASCII.
    expect(disposition).toMatch(/^attachment; [ -~]+$/);
    const [, extended] = /filename\*=UTF-8''(\S+)$/.exec(disposition) ?? [];
    const [, quoted] = /filename="((?:[^"\\]|\\.)*)"/.exec(disposition) ?? [];
    const read = extended === undefined ? quoted?.replace(/\\(.)/g, '$1') : decodeURIComponent(extended);
    expect(read).toBe(name);
  });
});
