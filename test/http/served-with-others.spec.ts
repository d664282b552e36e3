import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Inject, Param, Req, Res, UseFilters, type INestApplication } from '@nestjs/common';
import compression from 'compression';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { serveObject, StorageExceptionFilter } from '../../src/http/index.js';
import type { HttpRequest } from '../../src/http/message/http-request.js';
import type { HttpResponse } from '../../src/http/message/http-response.js';
import type { ServeOptions } from '../../src/http/download/serve.options.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { boot, raw, rawGet, storages, type Harness } from './harness.js';
import { describeAdapters, forEachAdapter, type AdapterName } from './support/adapters.js';

const POLICY = "default-src 'self'; frame-ancestors 'none'";
const TEXT = 'to be compressed '.repeat(500);
let server: Harness;
let options: ServeOptions = {};
afterEach(() => server.close());

/** A controller of the application's own. */
@Controller('mine')
@UseFilters(StorageExceptionFilter)
class MineController {
  constructor(@Inject(StorageService) private readonly storage: StorageService) {}

  @Get(':key')
  async read(
    @Param('key') key: string,
    @Req() request: HttpRequest,
    @Res() response: HttpResponse,
  ): Promise<void> {
    await serveObject(request, response, this.storage, key, options);
  }
}

async function start(prepare?: (app: INestApplication) => void): Promise<void> {
  options = {};
  server = await boot([storages({ default: new MemoryBackend() })], {
    controllers: [MineController],
    name: 'default',
    prepare,
  });
  await server.storage.put('a.txt', TEXT, { contentType: 'text/plain' });
  await server.storage.put('page.html', '<script>', { contentType: 'text/html' });
}

/** The headers of Helmet and its like: on Express on the response, on Fastify in a hook, by the reply. */
function secure(adapter: AdapterName): (app: INestApplication) => void {
  const headers = { 'Content-Security-Policy': POLICY, 'Cross-Origin-Resource-Policy': 'same-origin' };
  return (app) => {
    if (adapter === 'fastify') {
      const instance = app.getHttpAdapter().getInstance() as {
        addHook(name: 'onRequest', hook: (request: unknown, reply: Reply, done: () => void) => void): void;
      };
      instance.addHook('onRequest', (_, reply, done) => {
        reply.headers(headers);
        done();
      });
    } else
      app.use((_: IncomingMessage, response: ServerResponse, next: () => void) => {
        response.setHeaders(new Map(Object.entries(headers)));
        next();
      });
  };
}
interface Reply {
  headers(values: Readonly<Record<string, string>>): unknown;
}

describeAdapters('An object that a handler of the application serves', (adapter) => {
  const get = (key: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${server.url}/mine/${key}`, { headers });

  it('comes with status, headers and bytes, in parts too', async () => {
    await start();
    const whole = await get('a.txt');
    expect([whole.status, await whole.text()]).toEqual([200, TEXT]);
    const part = await get('a.txt', { Range: 'bytes=0-1' });
    expect([part.status, await part.text()]).toEqual([206, 'to']);
    const etag = whole.headers.get('etag') ?? '';
    expect((await get('a.txt', { 'If-None-Match': etag })).status).toBe(304);
  });

  it('leaves its connection for the next request', async () => {
    await start();
    const request = 'GET /mine/a.txt HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1\r\n\r\n';
    const answer = await raw(server.port, request.repeat(3), 300);
    expect(answer.match(/HTTP\/1\.1 206 /g)).toHaveLength(3);
  });

  it('is a problem when it is not there, and when the call is wrong', async () => {
    await start();
    const missing = await get('missing');
    expect([missing.status, missing.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
    options = { stallTimeoutMs: -1 };
    expect((await get('a.txt')).status).toBe(500);
    options = { redirect: { expiresIn: 0 } };
    expect((await get('a.txt')).status).toBe(500);
    // Memory signs nothing.
    options = { redirect: true };
    expect((await get('a.txt')).status).toBe(501);
    expect((await get('missing')).status).toBe(501);
  });

  it('keeps what others told the framework to send, an error too', async () => {
    await start(secure(adapter));
    for (const [key, policy] of [
      ['a.txt', POLICY],
      // Both hold: the frame-ancestors of the application, and the sandbox.
      ['page.html', `${POLICY}, sandbox; default-src 'none'`],
      ['missing', POLICY],
    ] as const) {
      const { headers } = await get(key);
      expect(headers.get('content-security-policy')).toBe(policy);
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    }
  });

  it('keeps the headers of CORS', async () => {
    await start((app) => app.enableCors({ origin: 'https://a.example', exposedHeaders: ['ETag'] }));
    for (const key of ['a.txt', 'missing']) {
      const { headers } = await get(key, { Origin: 'https://a.example' });
      expect(headers.get('access-control-allow-origin')).toBe('https://a.example');
      expect(headers.get('access-control-expose-headers')).toBe('ETag');
    }
  });
});

forEachAdapter(() => {
  describe('Behind the middleware compression, an object', () => {
    const accept = 'Connection: close\r\nAccept-Encoding: gzip\r\n';
    const bodyOf = (text: string): Buffer => Buffer.from(text.slice(text.indexOf('\r\n\r\n') + 4), 'latin1');

    it('comes whole', async () => {
      await start((app) => app.use(compression()));
      const response = await fetch(`${server.url}/mine/a.txt`, { headers: { 'Accept-Encoding': 'gzip' } });
      expect(response.headers.get('content-encoding')).toBe('gzip');
      expect(response.headers.get('content-length')).toBeNull();
      expect(await response.text()).toBe(TEXT);
    });

    it('comes as it is when a part of it is asked for, or it is compressed already', async () => {
      await start((app) => app.use(compression()));
      await server.storage.put('a.gz', 'gzip', { contentType: 'text/plain', contentEncoding: 'gzip' });
      const part = await rawGet(server.port, '/mine/a.txt', `${accept}Range: bytes=3-4\r\n`);
      expect([part.status, bodyOf(part.text).toString()]).toEqual([206, 'be']);
      const stored = await rawGet(server.port, '/mine/a.gz', accept);
      expect([stored.status, bodyOf(stored.text).toString()]).toEqual([200, 'gzip']);
      const whole = await rawGet(server.port, '/mine/a.txt', `${accept}TE: trailers\r\n`);
      expect(whole.text).toMatch(/Transfer-Encoding: chunked/i);
    });
  });
}, ['express']);
