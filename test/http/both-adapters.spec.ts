import { afterEach, beforeEach, expect, it } from '@jest/globals';
import {
  Controller,
  Post,
  RequestTimeoutException,
  UseFilters,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { from, merge, mergeMap, throwError, type Observable } from 'rxjs';
import { LocalBackend } from '../../src/backends/local/backend.js';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import {
  StorageExceptionFilter,
  StorageHttpModule,
  UploadInterceptor,
  UploadsInterceptor,
} from '../../src/http/index.js';
import { bytesOf, MIB } from '../support/bodies.js';
import { until } from '../support/until.js';
import { within } from '../support/within.js';
import { boot, form, type Harness, keysOf, raw, rawGet, serveDocuments, storages } from './harness.js';
import { describeAdapters } from './support/adapters.js';

/** Fastify's own limit of a body is 1 MiB. */
const CONTENT = bytesOf(5 * MIB + 3);
/** A key of 1024 bytes, each of which takes three characters in a path. */
const LONG = 'ä'.repeat(512);

/** `bytes` without a length: fetch sends them chunked. */
const streamed = (bytes: Uint8Array): ReadableStream => new Blob([bytes]).stream();

describeAdapters('An application', (adapter) => {
  let root: string;
  let server: Harness;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'stowage-adapters-'));
    const signing = {
      secret: 'a secret of the tests, long enough',
      baseUrl: 'http://files.test',
      storage: 'documents',
    };
    const backend = new LocalBackend({ root, durability: 'rename', signing });
    server = await serveDocuments({}, { backend });
  });
  afterEach(async () => {
    await server.close();
    await rm(root, { recursive: true, force: true });
  });
  const sign = async (key: string, method: 'GET' | 'HEAD' | 'PUT' | 'DELETE'): Promise<string> =>
    (await server.storage.signedUrl(key, { method })).url.replace('http://files.test', server.url);

  it.each(['with', 'without'])('takes large forms %s a Content-Length', async (length) => {
    const request = new Request(`${server.url}/api/documents/upload`, {
      method: 'POST',
      body: form(['file', CONTENT, 'a.bin', 'application/octet-stream']),
    });
    const type = request.headers.get('content-type') ?? '';
    const body = new Uint8Array(await request.arrayBuffer());
    const response = await fetch(request.url, {
      method: 'POST',
      headers: { 'content-type': type },
      ...(length === 'with' ? { body } : { body: streamed(body), duplex: 'half' }),
    });
    expect(response.status).toBe(201);
    const { key } = (await response.json()) as { key: string };
    expect(CONTENT.equals(await server.storage.bytes(key))).toBe(true);
  });

  it.each([
    ['with', 'application/json'],
    ['with', 'application/octet-stream'],
    ['with', 'multipart/form-data; boundary=XX'],
    ['without', 'application/json'],
    ['without', 'text/plain'],
  ])('takes large signed uploads %s a Content-Length, as %s', async (length, type) => {
    const response = await fetch(await sign('a', 'PUT'), {
      method: 'PUT',
      headers: { 'content-type': type },
      ...(length === 'with' ? { body: CONTENT } : { body: streamed(CONTENT), duplex: 'half' }),
    });
    expect(response.status).toBe(200);
    expect(CONTENT.equals(await server.storage.bytes('a'))).toBe(true);
  });

  it('finds keys of 1024 bytes that take 3 KiB of a path', async () => {
    await server.close();
    // On disk the name of a file has 255 bytes at most.
    server = await serveDocuments({}, { backend: new MemoryBackend() });
    const path = encodeURIComponent(LONG);
    expect([Buffer.byteLength(LONG), path.length]).toEqual([1024, 3072]);
    const url = `${server.url}/api/documents/objects/${path}`;
    await server.storage.put(LONG, 'text');
    expect(await (await fetch(url)).text()).toBe('text');
    expect((await fetch(url, { method: 'HEAD' })).headers.get('content-length')).toBe('4');
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(204);
    expect(await keysOf(server.storage)).toEqual([]);
    expect((await fetch(url)).status).toBe(404);
    expect((await fetch(`${url}a`)).status).toBe(400);
  });

  it('finds signed keys of 1024 bytes', async () => {
    const key = Array.from({ length: 5 }, () => 'ä'.repeat(100)).join('/') + `/${'ä'.repeat(9)}x`;
    expect(Buffer.byteLength(key)).toBe(1024);
    expect((await fetch(await sign(key, 'PUT'), { method: 'PUT', body: 'text' })).status).toBe(200);
    expect(await (await fetch(await sign(key, 'GET'))).text()).toBe('text');
    expect((await fetch(await sign(key, 'HEAD'), { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(await sign(key, 'DELETE'), { method: 'DELETE' })).status).toBe(204);
    expect(await keysOf(server.storage)).toEqual([]);
  });

  it.each([
    ['badly encoded', '/api/documents/objects/%zz', 400, 400],
    ['of a key that is too long', `/api/documents/objects/${'a'.repeat(2000)}`, 400, 400],
    ['longer than a header may be', `/api/documents/objects/${'a'.repeat(20_000)}`, 431, 431],
    ['of a storage with an endless name', `/api/${'a'.repeat(5000)}/objects/a`, 404, 414],
    ['of no route, badly encoded', '/none/%zz', 404, 400],
  ])('refuses a target %s', async (_name, target, express, fastify) => {
    const { status } = await rawGet(server.port, target);
    expect(status).toBe(adapter === 'express' ? express : fastify);
  });
});

const context = new AsyncLocalStorage<string>();
let seen: (string | undefined)[] = [];
/** What Impatient waits for. */
let patience: Promise<void> = Promise.resolve();

/** What a library for tracing or transactions does. */
class Traced implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    return Promise.resolve(next.handle());
  }
}

/** Answers in the place of the handler, and of the form before it, as one with a time limit. */
class Impatient implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    const over = from(patience).pipe(mergeMap(() => throwError(() => new RequestTimeoutException())));
    return merge(next.handle(), over);
  }
}

@Controller('own')
@UseFilters(StorageExceptionFilter)
class OwnController {
  @Post('traced')
  @UseInterceptors(Traced, UploadInterceptor('file', { storage: 'documents' }))
  async traced(): Promise<void> {
    seen.push(context.getStore());
    await new Promise((resolve) => setImmediate(resolve));
    seen.push(context.getStore());
  }

  @Post('impatient')
  @UseInterceptors(Impatient, UploadsInterceptor('file', { storage: 'documents' }))
  impatient(): void {
    seen.push('called');
  }
}

describeAdapters('A controller behind an upload interceptor', () => {
  let server: Harness;
  beforeEach(async () => {
    seen = [];
    server = await boot([storages({ documents: new MemoryBackend() })], {
      controllers: [OwnController],
      prepare: (app) =>
        app.use((request: { headers: Record<string, string | undefined> }, _: unknown, next: () => void) =>
          context.run(request.headers['x-id'] ?? '', next),
        ),
    });
  });
  afterEach(() => server.close());

  it('is called in the async context of its request', async () => {
    const send = (id: string, size: number): Promise<Response> =>
      fetch(`${server.url}/own/traced`, {
        method: 'POST',
        headers: { 'x-id': id },
        body: form(['file', bytesOf(size), 'a']),
      });
    expect((await send('one', 10)).status).toBe(201);
    expect((await send('two', 3 * MIB)).status).toBe(201);
    expect(seen).toEqual(['one', 'one', 'two', 'two']);
    await Promise.all(['a', 'b', 'c', 'd'].map((id) => send(id, MIB)));
    expect(seen.slice(4).sort()).toEqual(['a', 'a', 'b', 'b', 'c', 'c', 'd', 'd']);
  });

  it('leaves nothing when an interceptor answers while the form is read', async () => {
    let lose = (): void => undefined;
    patience = new Promise((resolve) => (lose = resolve));
    const socket = connect(server.port, '127.0.0.1');
    let answer = '';
    socket.on('error', () => undefined).on('data', (data) => (answer += String(data)));
    const part = (name: string): string =>
      `--XX\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n${name}`;
    const text = `${part('a')}\r\n${part('b')}`;
    socket.write(
      'POST /own/impatient HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=XX\r\n' +
        `Content-Length: 10000000\r\n\r\n${text}`,
    );
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await until(async () => (await keysOf(server.storage)).length === 1);
    lose();
    await until(() => answer !== '');
    expect(answer).toMatch(/^HTTP\/1\.1 408 [\s\S]*\r\nConnection: close\r\n/i);
    await until(async () => (await keysOf(server.storage)).length === 0);
    // The client never sends the rest.
    await within(closed, 'the end of the connection', 15_000);
    expect(seen).toEqual([]);
  });
});

it('Fastify with ignoreTrailingSlash has the same routes', async () => {
  const module = await Test.createTestingModule({
    imports: [
      storages({ documents: new MemoryBackend() }),
      StorageHttpModule.forRoot({
        storages: { documents: { operations: ['upload', 'get', 'list'] } },
        authorize: () => true,
      }),
    ],
  }).compile();
  const adapter = new FastifyAdapter({ routerOptions: { ignoreTrailingSlash: true } });
  const app = module.createNestApplication(adapter, { logger: false, forceCloseConnections: true });
  await app.listen(0, '127.0.0.1');
  try {
    const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
    const url = `http://127.0.0.1:${port}/api/documents`;
    for (const path of ['upload', 'upload/']) {
      const response = await fetch(`${url}/${path}`, {
        method: 'POST',
        body: form(['file', bytesOf(2 * MIB), 'a']),
      });
      expect(response.status).toBe(201);
      const { key } = (await response.json()) as { key: string };
      expect((await fetch(`${url}/objects/${key}`, { method: 'HEAD' })).status).toBe(200);
    }
    for (const path of ['objects', 'objects/']) {
      const { objects } = (await (await fetch(`${url}/${path}`)).json()) as { objects: unknown[] };
      expect(objects).toHaveLength(2);
    }
    expect(
      await raw(port, 'GET /api/documents/objects// HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
    ).toMatch(/^HTTP\/1\.1 4/);
  } finally {
    await app.close();
  }
});
