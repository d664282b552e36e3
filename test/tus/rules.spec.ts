import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger, Module } from '@nestjs/common';
import { json, raw as rawBodies } from 'express';
import { MultipartUploads } from '../../src/core/multipart-uploads.js';
import { StorageError } from '../../src/core/error.js';
import { TusModule, TusSweeper } from '../../src/tus/index.js';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { StorageHttpModule } from '../../src/http/index.js';
import { boot, keysOf, storages, type Harness } from '../http/harness.js';
import { forEachAdapter } from '../http/support/adapters.js';
import { bytesOf, MIB } from '../support/bodies.js';
import { serveTus, type ServeTusOptions } from './support/serve-tus.js';
import { uploadAll } from './support/tus-client.js';
import { create, metadataOf, offsetOf, patch, tusRequest } from './support/tus-request.js';

const PART = 8 * MIB;
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==',
  'base64',
);

forEachAdapter((adapter) => {
  describe('tus over HTTP', () => {
    let harness: Harness | undefined;
    let endpoint = '';
    const serve = async (options: ServeTusOptions = {}): Promise<Harness> => {
      harness = await serveTus(options);
      endpoint = `${harness.url}/api/documents/tus`;
      return harness;
    };
    afterEach(async () => {
      await harness?.close();
      harness = undefined;
    });
    const nothingIsLeft = async ({ storage }: Harness): Promise<void> => {
      expect(await keysOf(storage)).toEqual([]);
      expect((await storage.as(MultipartUploads).list()).uploads).toEqual([]);
    };

    describe('of types', () => {
      beforeEach(() => serve({ rules: { types: ['image/png'] } }));

      it('refuses what is declared as another one before anything comes', async () => {
        const headers = {
          'Upload-Length': '5',
          'Upload-Metadata': metadataOf({ filename: 'a.txt', filetype: 'text/plain' }),
        };
        const answer = await tusRequest('POST', endpoint, { headers });
        expect(answer.status).toBe(415);
        expect(JSON.parse(answer.text)).toMatchObject({ code: 'TYPE_REFUSED' });
        await nothingIsLeft(harness as Harness);
      });

      it.each([100, PART + 100])('refuses %d bytes that are none, and leaves nothing', async (size) => {
        const metadata = { filename: 'a.png', filetype: 'image/png' };
        await expect(uploadAll(endpoint, bytesOf(size), { metadata })).rejects.toThrow(/415/);
        await nothingIsLeft(harness as Harness);
      });

      it('stores what is one with its type and name', async () => {
        const { storage } = harness as Harness;
        const result = await uploadAll(endpoint, PNG, {
          metadata: { name: 'kätzchen.png', type: 'image/png' },
        });
        const info = await storage.head(decodeURIComponent(result.header('Stowage-Key') ?? ''));
        expect(info).toMatchObject({ contentType: 'image/png', size: PNG.byteLength });
        expect(info.contentDisposition).toContain("filename*=UTF-8''k%C3%A4tzchen.png");
      });
    });

    it('refuses more than maxSize when it begins, and while it comes where the length is deferred', async () => {
      const running = await serve({ rules: { maxSize: 10 } });
      expect((await tusRequest('POST', endpoint, { headers: { 'Upload-Length': '11' } })).status).toBe(413);
      await nothingIsLeft(running);
      const url = await create(endpoint, 'deferred');
      expect((await patch(url, 0, bytesOf(11))).status).toBe(413);
      expect((await patch(url, 0, bytesOf(6))).status).toBe(204);
      const chunked = {
        'Content-Type': 'application/offset+octet-stream',
        'Upload-Offset': '6',
        'Transfer-Encoding': 'chunked',
      };
      expect((await tusRequest('PATCH', url, { headers: chunked, body: bytesOf(5) })).status).toBe(413);
      expect((await patch(url, 6, Buffer.alloc(0), { headers: { 'Upload-Length': '11' } })).status).toBe(413);
      expect(await offsetOf(url)).toBeLessThanOrEqual(10);
    });

    it('says of uploads in parallel that there are none', async () => {
      const running = await serve();
      const headers = { 'Upload-Length': '5', 'Upload-Concat': 'partial' };
      const { status, text } = await tusRequest('POST', endpoint, { headers });
      expect([status, text]).toEqual([400, expect.stringContaining('leave parallelUploads at 1')]);
      await nothingIsLeft(running);
    });

    it('shows an upload to nobody but whoever began it, where it was begun', async () => {
      await serve({
        http: {
          principal: ({ headers }) => headers['x-user'],
          authorize: ({ principal, request }) =>
            typeof principal === 'string' && { scope: String(request.headers['x-scope'] ?? principal) },
        },
      });
      const ann = { 'X-User': 'ann' };
      expect((await tusRequest('POST', endpoint, { headers: { 'Upload-Length': '5' } })).status).toBe(403);
      const url = await create(endpoint, 5, ann);
      for (const other of [
        { 'X-User': 'bob' },
        { 'X-User': 'bob', 'X-Scope': 'ann' },
        { ...ann, 'X-Scope': 'x' },
      ]) {
        expect((await tusRequest('HEAD', url, { headers: other })).status).toBe(404);
        expect((await patch(url, 0, Buffer.from('x'), { headers: other })).status).toBe(404);
        expect((await tusRequest('DELETE', url, { headers: other })).status).toBe(404);
      }
      expect(await offsetOf(url, ann)).toBe(0);
      const last = await patch(url, 0, Buffer.from('12345'), { headers: ann });
      const key = decodeURIComponent(last.headers['stowage-key'] ?? '');
      const read = await fetch(new URL(last.headers['stowage-location'] ?? '', endpoint), { headers: ann });
      expect([read.status, await read.text()]).toEqual([200, '12345']);
      expect(await (harness as Harness).storage.text(`ann/${key}`)).toBe('12345');
    });

    it('tells onStored, whose refusal leaves nothing', async () => {
      const told: unknown[] = [];
      let refuses = false;
      const running = await serve({
        rules: {
          onStored: ({ name, size }, { via, principal }) => {
            told.push({ name, size, via, principal });
            if (refuses) throw new StorageError('CONTENT_REFUSED', 'No');
          },
        },
        http: { principal: () => 'ann' },
      });
      const url = await create(endpoint, 3, { 'Upload-Metadata': metadataOf({ filename: 'a.txt' }) });
      await patch(url, 0, Buffer.from('abc'));
      expect(told).toEqual([{ name: 'a.txt', size: 3, via: 'tus', principal: 'ann' }]);
      refuses = true;
      const before = await keysOf(running.storage);
      const other = await create(endpoint, PART + 3);
      expect((await patch(other, 0, bytesOf(PART + 3))).status).toBe(422);
      expect(await keysOf(running.storage)).toEqual(before);
      expect((await tusRequest('HEAD', other)).status).toBe(404);
    });

    it('keeps what came when the scanner cannot tell, and asks it again', async () => {
      const state: { verdict?: 'clean' } = {};
      const running = await serve({
        rules: {
          scanner: {
            async scan(source) {
              source.resume();
              await new Promise((resolve) => source.once('end', resolve));
              if (!state.verdict) throw new Error('It is down');
              return state.verdict;
            },
          },
        },
      });
      const url = await create(endpoint, PART + 3);
      expect((await patch(url, 0, bytesOf(PART + 3))).status).toBe(503);
      expect((await tusRequest('HEAD', url)).status).toBe(503);
      state.verdict = 'clean';
      const found = await tusRequest('HEAD', url);
      expect(found.headers['upload-offset']).toBe(String(PART + 3));
      const key = decodeURIComponent(found.headers['stowage-key'] ?? '');
      expect((await running.storage.bytes(key)).equals(bytesOf(PART + 3))).toBe(true);
    });

    it('refuses a key that is taken, and touches nothing', async () => {
      const running = await serve({ rules: { key: ({ name }) => `mine/${name}` } });
      await running.storage.put('mine/a.txt', 'there');
      const metadata = { filename: 'a.txt' };
      await expect(uploadAll(endpoint, Buffer.from('other'), { metadata })).rejects.toThrow(/422/);
      await uploadAll(endpoint, Buffer.from('other'), { metadata: { filename: 'b.txt' } });
      expect(await running.storage.text('mine/a.txt')).toBe('there');
      expect(await running.storage.text('mine/b.txt')).toBe('other');
    });

    it('ends an upload that has expired, and sweeps it', async () => {
      const running = await serve({ tus: { expiresAfterMs: 3_600_000 } });
      const url = await create(endpoint, PART + 10);
      await patch(url, 0, bytesOf(PART + 5));
      const { storage, app } = running;
      const sweeper = app.get(TusSweeper, { strict: false });
      const done = await create(endpoint, 3);
      const last = await patch(done, 0, Buffer.from('abc'));
      const swept = async (options = {}) => (await sweeper.sweep(options)).map(({ outcome }) => outcome);
      expect(await swept()).toEqual(['young', 'young']);
      for await (const { key } of storage.list('pending/tus/')) {
        if (!key.endsWith('/record')) continue;
        const record = await storage.json<{ createdMs: number }>(key);
        await storage.put(key, JSON.stringify({ ...record, createdMs: record.createdMs - 3_700_000 }));
      }
      expect((await tusRequest('HEAD', url)).status).toBe(410);
      expect((await patch(url, PART + 5, bytesOf(5))).status).toBe(410);
      expect(await swept({ dryRun: true })).toEqual(['removable', 'removable']);
      expect(await swept({ olderThanHours: 2 })).toEqual(['young', 'young']);
      expect(await swept()).toEqual(['removed', 'removed']);
      expect((await tusRequest('HEAD', url)).status).toBe(404);
      expect(await keysOf(storage)).toEqual([decodeURIComponent(last.headers['stowage-key'] ?? '')]);
      expect((await storage.as(MultipartUploads).list()).uploads).toEqual([]);
    });

    it('sends a Location that is right behind a global prefix and any proxy', async () => {
      harness = await serveTus({ prefix: 'v9' });
      endpoint = `${harness.url}/v9/api/documents/tus`;
      // Fastify knows no route that ends in a slash.
      for (const path of ['tus', 'tus?x=1', ...(adapter === 'express' ? ['tus/'] : [])]) {
        const at = `${harness.url}/v9/api/documents/${path}`;
        const answer = await tusRequest('POST', at, { headers: { 'Upload-Length': '1' } });
        expect([path, answer.status, answer.text]).toEqual([path, 201, '']);
        const url = new URL(answer.headers.location ?? '', at).href;
        expect(url).toMatch(/\/v9\/api\/documents\/tus\/[0-9a-f]{32}$/);
        expect(await offsetOf(url)).toBe(0);
      }
    });

    it('sends whole URLs with a baseUrl', async () => {
      await serve({ http: { baseUrl: 'https://files.example.com/' } });
      const { headers } = await tusRequest('POST', endpoint, { headers: { 'Upload-Length': '0' } });
      expect(headers.location).toMatch(/^https:\/\/files\.example\.com\/api\/documents\/tus\/[0-9a-f]{32}$/);
      expect(headers['stowage-location']).toMatch(
        /^https:\/\/files\.example\.com\/api\/documents\/objects\//,
      );
    });

    it('tells what it can do, and takes other methods in the place of POST', async () => {
      await serve();
      const { status, headers } = await tusRequest('OPTIONS', endpoint);
      expect(status).toBe(204);
      expect(headers).toMatchObject({
        'tus-version': '1.0.0',
        'tus-extension': 'creation,creation-with-upload,creation-defer-length,expiration,termination',
        'tus-max-size': String(100 * MIB),
      });
      expect(headers['access-control-allow-origin']).toBeUndefined();
      const url = await create(endpoint, 3);
      const override = {
        'X-HTTP-Method-Override': 'PATCH',
        'Content-Type': 'application/offset+octet-stream',
      };
      const sent = await tusRequest('POST', url, {
        headers: { ...override, 'Upload-Offset': '0' },
        body: Buffer.from('abc'),
      });
      expect(sent.status).toBe(204);
      expect((await tusRequest('POST', url)).status).toBeGreaterThanOrEqual(400);
    });

    it('has no route where a storage does not enable it', async () => {
      await serve({ rules: { operations: ['get'] } });
      for (const method of ['POST', 'OPTIONS']) expect((await tusRequest(method, endpoint)).status).toBe(404);
      expect((await tusRequest('HEAD', `${endpoint}/${'0'.repeat(32)}`)).status).toBe(404);
    });

    it.each(['../x', '%2e%2e%2fx', 'x', 'A'.repeat(32), '0'.repeat(33)])('knows no upload %s', async (id) => {
      await serve();
      const answer = await tusRequest('HEAD', `${endpoint}/${id}`);
      expect(answer.status).toBe(404);
      expect(await keysOf((harness as Harness).storage)).toEqual([]);
    });

    it('asks for the version of the protocol', async () => {
      await serve();
      const answer = await tusRequest('POST', endpoint, {
        headers: { 'Upload-Length': '1', 'Tus-Resumable': '0.2.2' },
      });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.headers['tus-version']).toBe('1.0.0');
    });

    if (adapter === 'express')
      it('keeps its bodies from the parsers of the application, and says so when it cannot', async () => {
        const reading = async (parser: ReturnType<typeof json>): Promise<Harness> => {
          await harness?.close();
          return serve({ prepare: (app) => void app.use(parser) });
        };
        const content = Buffer.from('{ no json');
        const { storage } = await reading(json({ type: '*/*' }));
        const result = await uploadAll(endpoint, content, { uploadDataDuringCreation: true });
        expect(await storage.text(decodeURIComponent(result.header('Stowage-Key') ?? ''))).toBe('{ no json');
        await reading(rawBodies({ type: () => true }));
        const url = await create(endpoint, content.byteLength);
        expect((await patch(url, 0, content)).status).toBe(500);
      });
  });
});

describe('TusModule', () => {
  it.each([
    [{ expiresAfterMs: 0 }, 'expiresAfterMs is 0'],
    [{ leaseMs: 10 }, 'leaseMs is 10'],
    [{ locker: {} }, 'locker is an object without a method newLock'],
    [{ expires: 1 }, 'has no option expires'],
  ])('refuses %j at the start', async (tus, message) => {
    const starting = serveTus({ tus: tus as ServeTusOptions['tus'] });
    await expect(starting).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'config' });
    await expect(starting).rejects.toThrow(message);
  });

  it('is missed by a storage that has the operation', async () => {
    const module = StorageHttpModule.forRoot({
      storages: { documents: { operations: ['tus'] } },
      authorize: () => true,
    });
    await expect(boot([storages({ documents: new MemoryBackend() }), module])).rejects.toThrow(
      'add TusModule.forRoot()',
    );
  });

  it.each([
    ['forRoot', () => TusModule.forRoot()],
    ['forRootAsync', () => TusModule.forRootAsync({ useFactory: () => ({}) })],
  ])('misses StorageHttpModule, without which it would serve nothing: %s', async (_, module) => {
    const starting = boot([storages({ documents: new MemoryBackend() }), module()]);
    await expect(starting).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'config' });
    await expect(starting).rejects.toThrow('add StorageHttpModule.forRoot(');
  });

  it.each([
    ['get', 1],
    ['tus', 0],
  ] as const)('warns of storages none of which takes its uploads: %s', async (operation, count) => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    try {
      const http = StorageHttpModule.forRoot({
        storages: { documents: { operations: [operation] } },
        authorize: () => true,
      });
      await (await boot([storages({ documents: new MemoryBackend() }), http, TusModule.forRoot()])).close();
      const said = warn.mock.calls.filter(([text]) => String(text).includes('has the operation tus'));
      expect(said).toHaveLength(count);
    } finally {
      warn.mockRestore();
    }
  });

  it('finds StorageHttpModule before and behind itself, and in another module', async () => {
    const http = StorageHttpModule.forRoot({
      storages: { documents: { operations: ['tus'] } },
      authorize: () => true,
    });
    @Module({})
    class Files {}
    for (const imports of [
      [TusModule.forRoot(), http],
      [http, TusModule.forRoot()],
      [TusModule.forRoot(), { module: Files, imports: [http] }],
      [http, { module: Files, imports: [TusModule.forRoot()] }],
    ]) {
      const harness = await boot([storages({ documents: new MemoryBackend() }), ...imports]);
      const endpoint = `${harness.url}/api/documents/tus`;
      const { status } = await tusRequest('POST', endpoint, { headers: { 'Upload-Length': '0' } });
      await harness.close();
      expect(status).toBe(201);
    }
  });
});

forEachAdapter((adapter) => {
  describe('tus for pages of other origins', () => {
    it('leaves CORS to the application, whose headers an answer has', async () => {
      const origin = 'https://app.example.com';
      const exposedHeaders = ['Location', 'Stowage-Key'];
      const harness = await serveTus({ prepare: (app) => app.enableCors({ origin, exposedHeaders }) });
      const endpoint = `${harness.url}/api/documents/tus`;
      const headers = { Origin: origin, 'Access-Control-Request-Method': 'PATCH' };
      const preflight = await tusRequest('OPTIONS', endpoint, { headers });
      expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([204, origin]);
      const asked = await tusRequest('OPTIONS', endpoint);
      expect([asked.status, asked.headers['tus-version']]).toEqual([
        adapter === 'express' ? 204 : 400,
        undefined,
      ]);
      const begun = await tusRequest('POST', endpoint, { headers: { Origin: origin, 'Upload-Length': '0' } });
      expect(begun.status).toBe(201);
      expect(begun.headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-expose-headers': expect.stringMatching(/^Location, ?Stowage-Key$/),
      });
      await harness.close();
    });
  });
});
