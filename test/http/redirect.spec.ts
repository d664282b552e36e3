import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../src/backends/local/backend.js';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import type { StorageBackend } from '../../src/core/backend.js';
import type { ServedStorageOptions } from '../../src/http/index.js';
import { StorageHttpModule } from '../../src/http/index.js';
import { s3Place } from '../contract/s3-place.js';
import { describeServers } from '../servers/s3-servers.js';
import { sleep } from '../support/within.js';
import { boot, serveDocuments, storages, type Harness } from './harness.js';
import { forEachAdapter } from './support/adapters.js';
import { WatchedReads } from './support/watched-reads.js';

const TEXT = '0123456789';
let server: Harness;

/** A backend that signs, of an empty place. */
interface Signing {
  readonly backend: StorageBackend;
  readonly destroy: () => Promise<void>;
}

async function local(): Promise<Signing> {
  const root = await mkdtemp(join(tmpdir(), 'stowage-redirect-'));
  const backend = new LocalBackend({
    root,
    durability: 'rename',
    signing: {
      secret: 'a secret of the tests, long enough',
      baseUrl: () => server.url,
      storage: 'documents',
      prefix: 'v2/api',
    },
  });
  return { backend, destroy: () => rm(root, { recursive: true, force: true }) };
}

/** An application whose routes are below a global prefix. */
async function start(
  { backend, destroy }: Signing,
  options: Partial<ServedStorageOptions> = {},
): Promise<WatchedReads> {
  const reads = new WatchedReads(backend);
  server = await boot(
    [
      storages({ documents: reads.backend }),
      StorageHttpModule.forRoot({
        storages: { documents: { operations: ['get'], redirect: true, ...options } },
        // A user sees no more than what is below the own name.
        authorize: ({ request }) => (request.headers['x-user'] === 'nobody' ? false : { scope: 'users/ann' }),
      }),
    ],
    {
      prefix: 'v2',
      async destroy() {
        await backend.close?.();
        await destroy();
      },
    },
  );
  await server.storage.put('users/ann/a b.txt', TEXT, { contentType: 'text/plain' });
  await server.storage.put('users/ann/page.html', '<script>', { contentType: 'text/html' });
  return reads;
}

const get = (
  path: string,
  headers: Record<string, string> = {},
  init: RequestInit = { redirect: 'manual' },
): Promise<Response> => fetch(`${server.url}/v2/api/documents/objects/${path}`, { headers, ...init });

const locationOf = (response: Response): string => response.headers.get('location') ?? '';

function defineRedirects(open: () => Promise<Signing>): void {
  // Of its own, so that it ends before the server of the describe around it.
  describe('that is asked for', () => {
    let reads: WatchedReads;
    beforeAll(async () => {
      reads = await start(await open());
    });
    afterAll(() => server.close());

    it('is answered with 303, which no cache keeps', async () => {
      const response = await get('a%20b.txt');
      expect([response.status, await response.text()]).toEqual([303, '']);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'cache-control': 'no-store',
        'content-length': '0',
        'referrer-policy': 'no-referrer',
      });
      expect(response.headers.get('etag')).toBeNull();
      expect(locationOf(response)).toMatch(/^http:\/\/.*users\/ann\/a%20b\.txt\?/);
    });

    it('leads a client that follows to the object, with the headers that it has here', async () => {
      const direct = await get('a%20b.txt', {}, { method: 'HEAD' });
      const response = await get('a%20b.txt', {}, {});
      expect([response.redirected, response.status, await response.text()]).toEqual([true, 200, TEXT]);
      for (const name of ['content-type', 'content-disposition', 'cache-control', 'content-length', 'etag'])
        expect([name, response.headers.get(name)]).toEqual([name, direct.headers.get(name)]);
    });

    it('leads to a part of it, and to a 416', async () => {
      const response = await get('a%20b.txt', { Range: 'bytes=2-4' }, {});
      expect([response.status, await response.text()]).toEqual([206, '234']);
      expect(response.headers.get('content-range')).toBe('bytes 2-4/10');
      expect((await get('a%20b.txt', { Range: 'bytes=10-' }, {})).status).toBe(416);
    });

    it('leads to what a browser would run as an attachment', async () => {
      const response = await get('page.html', {}, {});
      expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename=/);
      const asked = await get('a%20b.txt?download=1', {}, {});
      expect(asked.headers.get('content-disposition')).toBe('attachment; filename="a b.txt"');
    });

    it('comes after conditions, absence and authorization, which are answered here', async () => {
      const before = reads.gets;
      const head = await get('a%20b.txt', {}, { method: 'HEAD', redirect: 'manual' });
      expect([head.status, head.headers.get('content-length')]).toEqual([200, '10']);
      const etag = head.headers.get('etag') ?? '';
      expect((await get('a%20b.txt', { 'If-None-Match': etag })).status).toBe(304);
      expect((await get('a%20b.txt', { 'If-Match': '"x"' })).status).toBe(412);
      expect((await get('a%20b.txt', { 'If-Match': etag })).status).toBe(303);
      expect((await get('missing')).status).toBe(404);
      expect((await get('a%20b.txt', { 'X-User': 'nobody' })).status).toBe(403);
      expect(reads.gets).toBe(before);
    });

    it('leads nowhere else: another key or method of the URL is refused', async () => {
      const url = locationOf(await get('a%20b.txt'));
      const other = await fetch(url.replace('a%20b.txt', 'page.html'));
      expect(other.status).toBe(403);
      expect((await fetch(url, { method: 'PUT', body: 'x' })).status).toBe(403);
      expect((await fetch(url, { method: 'DELETE' })).status).toBe(403);
      expect(await (await fetch(url)).text()).toBe(TEXT);
    });
  });
}

describe('A redirected download', () => {
  forEachAdapter((adapter) => {
    describe('on local disk', () => defineRedirects(local));
    // The answer is the same on both; the servers see only the client.
    if (adapter === 'express')
      describeServers({ only: ['versitygw', 'minio'] }, (s3) => {
        defineRedirects(async () => {
          const { backend, destroy } = await s3Place(s3());
          return { backend, destroy: async () => destroy?.() };
        });
      });
  });

  describe('whose URL lives for a second', () => {
    const options = { redirect: { expiresIn: 1 } };
    const expires = (open: () => Promise<Signing>): void =>
      it('ends then', async () => {
        await start(await open(), options);
        const url = locationOf(await get('a%20b.txt'));
        await sleep(2100);
        const status = (await fetch(url)).status;
        await server.close();
        expect(status).toBe(403);
      });
    expires(local);
    describeServers({ only: ['versitygw', 'minio'] }, (s3) =>
      expires(async () => {
        const { backend, destroy } = await s3Place(s3());
        return { backend, destroy: async () => destroy?.() };
      }),
    );
  });

  describe('whose URL may be kept', () => {
    afterEach(() => server.close());
    it('leads to the same URL for a while', async () => {
      await start(await local(), { redirect: { cacheable: { windowSeconds: 86_400 } } });
      const first = locationOf(await get('a%20b.txt'));
      await sleep(1100);
      expect(locationOf(await get('a%20b.txt'))).toBe(first);
    });
  });
});

describe('The option redirect', () => {
  it('ends the start where the backend signs nothing', async () => {
    const started = serveDocuments({ redirect: true }, { backend: new MemoryBackend() });
    await expect(started).rejects.toThrow(
      /the storage "documents" has redirect, which needs signed URLs: its backend \(memory\) has no Presigning$/,
    );
  });

  it('says what to set of local disk', async () => {
    const root = await mkdtemp(join(tmpdir(), 'stowage-redirect-'));
    const started = serveDocuments({ redirect: true }, { backend: new LocalBackend({ root }) });
    await expect(started).rejects.toThrow(
      /needs signed URLs: its backend \(local\) has no Presigning: set STORAGE_SIGNING_SECRET and STORAGE_PUBLIC_URL/,
    );
    await rm(root, { recursive: true, force: true });
  });

  it.each<[unknown, RegExp]>([
    [{ redirect: 'yes' }, /storage "documents": redirect is a string: pass true or \{ expiresIn \}/],
    [{ redirect: { expires: 5 } }, /redirect has no option expires: its options are expiresIn, cacheable/],
    [{ redirect: { expiresIn: 0 } }, /redirect: The option expiresIn takes a whole number of seconds/],
    [{ redirect: { cacheable: 5 } }, /redirect: The option cacheable takes true/],
    [{ stallTimeoutMs: -1 }, /stallTimeoutMs is -1: pass milliseconds/],
    [{ stallTimeoutMs: '60' }, /stallTimeoutMs is "60": pass milliseconds/],
  ])('and its like are checked at the start: %j', async (options, message) => {
    await expect(
      Promise.resolve().then(() => serveDocuments(options as Partial<ServedStorageOptions>)),
    ).rejects.toThrow(message);
  });
});
