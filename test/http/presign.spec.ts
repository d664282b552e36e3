import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../src/backends/local/backend.js';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import type { StorageBackend } from '../../src/core/backend.js';
import { Presigning } from '../../src/core/presigning.js';
import type { SignedUrl } from '../../src/core/signed-url.js';
import { StorageHttpModule, type StorageAccessRequest, type StorageDecision } from '../../src/http/index.js';
import type { ServedStorageOptions, StorageHttpPresignOptions } from '../../src/http/index.js';
import { fakeBackend } from '../support/fake-backend.js';
import { storages } from './harness.js';
import { createOn, currentAdapter, describeAdapters } from './support/adapters.js';

let folder: string;
let close: (() => Promise<void>) | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stowage-presign-'));
});
afterEach(async () => {
  await close?.();
  close = undefined;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Json = Readonly<Record<string, unknown>>;
interface Client {
  readonly url: string;
  /** Asks for a URL by JSON. */
  readonly ask: (
    body: unknown,
    headers?: Record<string, string>,
  ) => Promise<{ readonly status: number; readonly json: Json }>;
}
interface Serving {
  readonly options?: Partial<ServedStorageOptions>;
  readonly presign?: StorageHttpPresignOptions;
  /** Seconds: the default of the storage. */
  readonly expiresIn?: number;
  readonly authorize?: (access: StorageAccessRequest) => StorageDecision;
  readonly bodyParser?: boolean;
  readonly backend?: (local: StorageBackend) => StorageBackend;
}

let made = 0;

async function serve({
  options,
  authorize = () => true,
  bodyParser = true,
  backend,
  presign,
  expiresIn,
}: Serving = {}): Promise<Client> {
  let url = '';
  const local = new LocalBackend({
    root: join(folder, String(++made)),
    durability: 'rename',
    signing: {
      secret: 'a secret of the tests, long enough',
      baseUrl: () => url,
      storage: 'documents',
      expiresIn,
    },
  });
  const module = await Test.createTestingModule({
    imports: [
      storages({ documents: backend?.(local) ?? local }),
      StorageHttpModule.forRoot({
        storages: { documents: { operations: ['upload', 'get', 'delete', 'presign'], ...options } },
        authorize,
        presign,
      }),
    ],
  }).compile();
  const app = createOn(currentAdapter(), module, { bodyParser });
  await app.listen(0, '127.0.0.1');
  close = () => app.close();
  url = `http://127.0.0.1:${(app.getHttpServer() as { address(): AddressInfo }).address().port}`;
  return {
    url,
    async ask(body, headers = { 'content-type': 'application/json' }) {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const answer = await fetch(`${url}/api/documents/presign`, { method: 'POST', headers, body: text });
      return { status: answer.status, json: (await answer.json()) as Json };
    },
  };
}

const use = ({ url, method, headers }: SignedUrl, body?: string): Promise<Response> =>
  fetch(url, { method, headers, ...(body !== undefined && { body: new TextEncoder().encode(body) }) });
const urlOf = (json: Json): SignedUrl => json as unknown as SignedUrl;

for (const bodyParser of [true, false])
  describeAdapters(`POST /api/:storage/presign, with a body parser: ${bodyParser}`, (adapter) => {
    it('gives out URLs for each method', async () => {
      const { ask } = await serve({ bodyParser });
      const put = await ask({
        method: 'PUT',
        key: 'a b.txt',
        contentType: 'text/plain',
        size: 5,
        expiresIn: 60,
      });
      expect(put.status).toBe(200);
      expect(put.json).toEqual({
        url: expect.stringMatching(/^http.*\/api\/documents\/signed\/a%20b\.txt\?/),
        method: 'PUT',
        headers: { 'content-type': 'text/plain', 'content-length': '5' },
        key: 'a b.txt',
        expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      });
      expect((await use(urlOf(put.json), 'hello')).status).toBe(200);
      const get = await ask({ method: 'GET', key: 'a b.txt' });
      expect(await (await use(urlOf(get.json))).text()).toBe('hello');
      const head = await ask({ method: 'HEAD', key: 'a b.txt' });
      expect((await use(urlOf(head.json))).headers.get('content-length')).toBe('5');
      const remove = await ask({ method: 'DELETE', key: 'a b.txt' });
      expect((await use(urlOf(remove.json))).status).toBe(204);
      expect((await use(urlOf(get.json))).status).toBe(404);
    });

    it('gives out URLs that are saved under a name', async () => {
      const { ask } = await serve({ bodyParser });
      const put = await ask({ method: 'PUT', key: 'dir/a b.html', contentType: 'text/html' });
      expect((await use(urlOf(put.json), 'hello')).status).toBe(200);
      for (const [download, header] of [
        [true, `attachment; filename="a b.html"`],
        ['Bericht.txt', `attachment; filename=Bericht.txt`],
        ['../Übung"\r\n.txt', /^attachment; filename="[ -~]+"; filename\*=UTF-8''[!-~]+$/],
      ] as const) {
        const { status, json } = await ask({ method: 'GET', key: 'dir/a b.html', download });
        expect(status).toBe(200);
        const answer = await use(urlOf(json));
        expect([answer.status, answer.headers.get('content-disposition')]).toEqual([
          200,
          typeof header === 'string' ? header : expect.stringMatching(header),
        ]);
      }
    });

    it('makes a new key for an upload without one', async () => {
      const { ask } = await serve({ bodyParser, options: { group: 'inbox' } });
      const first = urlOf((await ask({ method: 'PUT', contentType: 'image/png' })).json);
      const second = urlOf((await ask({ method: 'PUT', contentType: 'image/png' })).json);
      expect(first.key).toMatch(/^inbox\/\d{4}\/\d\d\/[0-9a-f-]{36}\.png$/);
      expect(second.key).not.toBe(first.key);
      expect((await use(first, 'x')).status).toBe(200);
    });

    it.each<[string, unknown, string]>([
      ['no JSON', '{"method": ', 'body'],
      ['an array', [{ method: 'GET', key: 'a' }], 'The body is no JSON object'],
      ['no method', { key: 'a' }, 'The member method takes GET, HEAD, PUT, POST, DELETE'],
      ['an upload that is saved', { method: 'PUT', key: 'a', download: true }, 'The member download takes'],
      ['no name to save as', { method: 'GET', key: 'a', download: '' }, 'The member download takes'],
      ['a number to save as', { method: 'GET', key: 'a', download: 5 }, 'The member download takes'],
      ['a long name', { method: 'GET', key: 'a', download: 'x'.repeat(256) }, 'The member download takes'],
      [
        'another method',
        { method: 'PATCH', key: 'a' },
        'The member method takes GET, HEAD, PUT, POST, DELETE',
      ],
      ['no key of a GET', { method: 'GET' }, 'The member key is missing: only an upload makes a new one'],
      [
        'no key of a DELETE',
        { method: 'DELETE' },
        'The member key is missing: only an upload makes a new one',
      ],
      ['a key that is none', { method: 'GET', key: 5 }, 'The key is not valid: it is no string'],
      [
        'a key that climbs',
        { method: 'PUT', key: '../a' },
        'The key is not valid: it has a "." or ".." segment',
      ],
      ['an unknown member', { method: 'GET', key: 'a', colour: 'red' }, 'The body takes method, key,'],
      ['a prototype', '{"method":"GET","key":"a","__proto__":{"x":1}}', 'The body takes method, key,'],
      [
        'no time',
        { method: 'GET', key: 'a', expiresIn: 0 },
        'The member expiresIn takes a whole number of seconds',
      ],
      ['too much time', { method: 'GET', key: 'a', expiresIn: 604_801 }, 'The member expiresIn takes'],
      ['time as text', { method: 'GET', key: 'a', expiresIn: '900' }, 'The member expiresIn takes'],
      ['a type of a GET', { method: 'GET', key: 'a', contentType: 'a/b' }, 'The member contentType is none'],
      [
        'a type that is none',
        { method: 'PUT', key: 'a', contentType: 'text' },
        'The member contentType takes',
      ],
      ['a negative size', { method: 'PUT', key: 'a', size: -1 }, 'The member size takes'],
      ['a wrong checksum', { method: 'PUT', key: 'a', checksum: 'abcd' }, 'The member checksum takes'],
    ])('answers 400 to %s', async (_name, body, detail) => {
      const { ask } = await serve({ bodyParser });
      const { status, json } = await ask(body);
      expect(status).toBe(400);
      // What is no JSON the parser of Express refuses before us, in its own words.
      if (!(adapter === 'express' && bodyParser && _name === 'no JSON'))
        expect(json.detail).toContain(detail);
      else expect(json.status ?? json.statusCode).toBe(400);
    });

    it('takes JSON alone, and little of it', async () => {
      const { ask } = await serve({ bodyParser });
      const body = { method: 'GET', key: 'a' };
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx'])
        expect((await ask(body, { 'content-type': type })).status).toBe(415);
      expect((await ask(body, { 'content-type': 'application/json; charset=utf-8' })).status).toBe(200);
      expect((await ask({ ...body, key: 'k'.repeat(20_000) })).status).toBe(413);
    });
  });

describeAdapters('POST /api/:storage/presign', () => {
  it('asks authorize with method and key, and keeps to the scope that it gives', async () => {
    const seen: Partial<StorageAccessRequest>[] = [];
    const { ask } = await serve({
      authorize: ({ operation, method, key, storage }) => {
        seen.push({ operation, method, key, storage });
        return method === 'DELETE' ? false : { scope: 'users/ann' };
      },
    });
    const put = urlOf((await ask({ method: 'PUT', key: 'a' })).json);
    expect([put.key, new URL(put.url).pathname]).toEqual(['a', '/api/documents/signed/users/ann/a']);
    expect((await use(put, 'x')).status).toBe(200);
    const fresh = urlOf((await ask({ method: 'PUT' })).json);
    expect(fresh.key).toMatch(/^\d{4}\//);
    expect((await ask({ method: 'DELETE', key: 'a' })).status).toBe(403);
    expect(seen).toEqual([
      { operation: 'presign', method: 'PUT', key: 'a', storage: 'documents' },
      { operation: 'presign', method: 'PUT', key: undefined, storage: 'documents' },
      { operation: 'presign', method: 'DELETE', key: 'a', storage: 'documents' },
    ]);
  });

  it('is not there unless it is enabled, and gives out no URL for what is not', async () => {
    const off = await serve({ options: { operations: ['get', 'upload', 'delete'] } });
    expect((await off.ask({ method: 'GET', key: 'a' })).status).toBe(404);
    await close?.();
    const { ask } = await serve({ options: { operations: ['get', 'presign'] } });
    for (const method of ['GET', 'HEAD']) expect((await ask({ method, key: 'a' })).status).toBe(200);
    for (const method of ['PUT', 'POST', 'DELETE']) {
      const { status, json } = await ask({ method, key: 'a' });
      expect([status, json.detail]).toEqual([403, `URLs for ${method} are not given out here`]);
    }
  });

  it.each<[string, Serving, number, number]>([
    ['an hour', {}, 900, 3_600],
    ['the default of the storage, when that is more', { expiresIn: 7_200 }, 7_200, 7_200],
    ['what is set', { presign: { maxExpiresIn: 60 } }, 60, 60],
    ['what is set, be it a week', { presign: { maxExpiresIn: 604_800 } }, 900, 604_800],
  ])('gives out no URL for longer than %s', async (_, serving, usual, most) => {
    const { ask } = await serve(serving);
    const seconds = async (expiresIn?: number) => {
      const began = Date.now();
      const { expiresAt } = urlOf((await ask({ method: 'GET', key: 'a', expiresIn })).json);
      return (new Date(expiresAt).getTime() - began) / 1000;
    };
    // It is signed within a second or some, and rounded to one.
    expect(Math.abs((await seconds()) - usual)).toBeLessThan(10);
    expect(Math.abs((await seconds(most)) - most)).toBeLessThan(10);
    if (most === 604_800) return;
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const { status, json } = await ask({ method, key: 'a', expiresIn: most + 1 });
      const detail = `The member expiresIn takes at most ${most} seconds here`;
      expect([status, json.code, json.detail]).toEqual([400, 'INVALID_ARGUMENT', detail]);
    }
  });

  it('keeps to the rules of uploads', async () => {
    const { ask } = await serve({ options: { types: ['text/*'], maxSize: 100 } });
    expect((await ask({ method: 'PUT', key: 'a', contentType: 'image/png' })).status).toBe(415);
    expect((await ask({ method: 'PUT', key: 'a.png' })).status).toBe(415);
    expect((await ask({ method: 'PUT' })).status).toBe(415);
    expect((await ask({ method: 'PUT', key: 'a.txt', size: 101 })).status).toBe(413);
    const { json } = await ask({ method: 'PUT', key: 'a.txt', size: 100 });
    expect(urlOf(json).headers).toEqual({ 'content-type': 'text/plain', 'content-length': '100' });
  });

  it('wants a size where nobody else sees to maxSize', async () => {
    const presigning = new Presigning({
      keyProblem: () => undefined,
      sign: ({ key, method }) =>
        Promise.resolve({ url: 'https://s3.test/', key, method, headers: {}, expiresAt: new Date() }),
    });
    const elsewhere = (): StorageBackend =>
      fakeBackend({ capability: (type) => (presigning instanceof type ? presigning : undefined) });
    const { ask } = await serve({ options: { maxSize: 100 }, backend: elsewhere });
    expect((await ask({ method: 'PUT', key: 'a' })).json.detail).toContain('The member size is missing');
    expect((await ask({ method: 'PUT', key: 'a', size: 100 })).status).toBe(200);
    await close?.();
    // Nor to the default of it.
    const unset = await serve({ backend: elsewhere });
    for (const method of ['PUT', 'POST'])
      expect((await unset.ask({ method, key: 'a' })).json.detail).toContain('at most 104857600 bytes');
    expect((await unset.ask({ method: 'PUT', key: 'a', size: 104_857_600 })).status).toBe(200);
    expect((await unset.ask({ method: 'PUT', key: 'a', size: 104_857_601 })).status).toBe(413);
  });

  it('says that the storage cannot do it', async () => {
    const { ask } = await serve({ backend: () => new MemoryBackend() });
    expect((await ask({ method: 'GET', key: 'a' })).status).toBe(501);
    await close?.();
    const forms = await serve();
    expect((await forms.ask({ method: 'POST', key: 'a' })).status).toBe(501);
  });
});
