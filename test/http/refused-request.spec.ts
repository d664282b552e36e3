import { afterEach, beforeEach, expect, it } from '@jest/globals';
import {
  RequestTimeoutException,
  UnauthorizedException,
  type CallHandler,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catchError, throwError, timeout } from 'rxjs';
import { LocalBackend } from '../../src/backends/local/backend.js';
import { StorageHttpModule } from '../../src/http/index.js';
import { boot, type Harness, keysOf, raw, serveDocuments, storages } from './harness.js';
import { describeAdapters } from './support/adapters.js';
import { sendEndless } from './support/endless.js';
import { until } from '../support/until.js';

const FORM = 'Content-Type: multipart/form-data; boundary=XX';
const upload = (storage: string): string => `POST /api/${storage}/upload HTTP/1.1\r\n${FORM}`;

/** One storage, whose answers `interceptor` may replace. */
const serveWith = (backend: LocalBackend, interceptor: NestInterceptor): Promise<Harness> =>
  boot(
    [
      storages({ documents: backend }),
      StorageHttpModule.forRoot({ storages: { documents: { operations: ['get'] } }, authorize: () => true }),
    ],
    { providers: [{ provide: APP_INTERCEPTOR, useValue: interceptor }] },
  );

describeAdapters('A request that is refused before its body has come', (adapter) => {
  let root: string;
  let server: Harness;
  let backend: LocalBackend;
  let decide: () => boolean;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'stowage-refused-'));
    const signing = {
      secret: 'a secret of the tests, long enough',
      baseUrl: 'http://files.test',
      storage: 'documents',
    };
    backend = new LocalBackend({ root, durability: 'rename', signing });
    decide = () => true;
    server = await serveDocuments({ maxSize: 100_000 }, { backend, authorize: () => decide() });
  });
  afterEach(async () => {
    await server.close();
    await rm(root, { recursive: true, force: true });
  });
  const signed = async (options: { readonly size?: number } = {}): Promise<string> => {
    const { url } = await server.storage.signedUrl('a.txt', { method: 'PUT', ...options });
    return url.replace('http://files.test', '');
  };

  it.each<readonly [status: number, why: string, head: () => string | Promise<string>]>([
    [
      401,
      'by a guard',
      () => {
        decide = () => {
          throw new UnauthorizedException();
        };
        return upload('documents');
      },
    ],
    [
      403,
      'by authorize',
      () => {
        decide = () => false;
        return upload('documents');
      },
    ],
    // Fastify itself answers to a form for a storage that is not served.
    ...(adapter === 'express' ? ([[404, 'for its storage', () => upload('none')]] as const) : []),
    [403, 'for its signature', async () => `PUT ${await signed()}0 HTTP/1.1`],
    [415, 'for its coding', async () => `PUT ${await signed()} HTTP/1.1\r\nContent-Encoding: gzip`],
    [413, 'for the size of a signed upload', async () => `PUT ${await signed()} HTTP/1.1`],
    [400, 'for another size than was signed', async () => `PUT ${await signed({ size: 70_000 })} HTTP/1.1`],
  ])('is answered with %d %s, and soon not read any more', async (status, _why, head) => {
    const { answer, sent } = await sendEndless(server.port, await head());
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toMatch(/\r\nConnection: close\r\n/i);
    // What the server discards, and what the buffers of two sockets hold.
    expect(sent).toBeLessThan(64 * 1024 * 1024);
    expect(await keysOf(server.storage)).toEqual([]);
    expect((await readdir(root)).filter((name) => name.endsWith('.txt'))).toEqual([]);
  });

  it('is not read any more of a client that does not look at the answer', async () => {
    const { sent } = await sendEndless(server.port, `PUT ${await signed()} HTTP/1.1`, { reads: false });
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  it('does not cost a client its answer that reads when it has sent all', async () => {
    for (let i = 0; i < 5; i++) {
      const response = await fetch(`${server.url}${await signed()}`, {
        method: 'PUT',
        body: new Uint8Array(3_000_000),
      });
      expect(response.status).toBe(413);
    }
  });

  it('stores nothing of a signed upload that an interceptor answers for', async () => {
    await server.close();
    server = await serveWith(backend, {
      intercept: (_: unknown, next: CallHandler) =>
        next.handle().pipe(
          timeout(200),
          catchError(() => throwError(() => new RequestTimeoutException())),
        ),
    });
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    let answer = '';
    socket.on('error', () => undefined).on('data', (data) => (answer += String(data)));
    try {
      socket.write(`PUT ${await signed()} HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\nabc`);
      await until(() => answer !== '');
      expect(answer).toMatch(/^HTTP\/1\.1 408 /);
      // The rest comes too late.
      socket.write('x'.repeat(69_997));
      await until(() => socket.readableEnded);
      expect(await keysOf(server.storage)).toEqual([]);
    } finally {
      socket.destroy();
    }
  });

  it('leaves the connection to the next one when its body is short', async () => {
    const refused = `PUT ${await signed()}0 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}`;
    const next = 'GET /api/documents/objects/none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    const statuses = (await raw(server.port, refused + next)).match(/HTTP\/1\.1 \d{3}/g);
    expect(statuses).toEqual(['HTTP/1.1 403', 'HTTP/1.1 404']);
  });
});
