import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { LocalBackend } from '../../../src/backends/local/backend.js';
import { MultipartUploads } from '../../../src/core/multipart-uploads.js';
import { StorageHttpModule, type StoredContext } from '../../../src/http/index.js';
import { boot, keysOf, storages, type Harness } from '../harness.js';
import { currentAdapter, describeAdapters } from '../support/adapters.js';

const MAX = 1000;
const SECRET = 'a secret of the tests, long enough';
interface Answer {
  readonly status: number;
  readonly text: string;
  readonly etag: string;
  readonly type: string | null;
}

describeAdapters('An upload in parts from a browser', () => {
  let folder: string;
  let app: Harness;
  let backend: LocalBackend;
  let verdict: 'clean' | 'down' | 'infected';
  let stored: StoredContext[];
  let scope: (user: string) => string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stowage-parts-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    [verdict, stored, scope] = ['clean', [], (user) => `users/${user}`];
    let url = '';
    const signing = { secret: SECRET, baseUrl: () => url, storage: 'documents' };
    backend = new LocalBackend({ root: join(folder, String(Math.random())), signing });
    app = await boot(
      [
        storages({ documents: backend }),
        StorageHttpModule.forRoot({
          storages: {
            documents: {
              operations: ['direct', 'get'],
              maxSize: MAX,
              types: ['text/plain'],
              scanner: {
                scan: async (content) => {
                  for await (const chunk of content) void chunk;
                  if (verdict === 'down') throw new Error('The scanner is down');
                  return verdict === 'clean' ? 'clean' : { infected: 'Test' };
                },
              },
              onStored: (_, context) => void stored.push(context),
            },
          },
          secret: SECRET,
          principal: ({ headers }) =>
            headers['x-user'] === undefined ? undefined : { id: headers['x-user'] },
          authorize: ({ principal }) =>
            principal !== undefined && { scope: scope((principal as { id: string }).id) },
        }),
      ],
      { adapter: currentAdapter() },
    );
    url = app.url;
  });
  afterEach(async () => {
    await app.close();
    await backend.close();
  });

  const send = async (url: string, init: RequestInit = {}): Promise<Answer> => {
    const response = await fetch(new URL(url, app.url), init);
    const { status, headers } = response;
    return {
      status,
      text: await response.text(),
      etag: headers.get('etag') ?? '',
      type: headers.get('content-type'),
    };
  };
  const ask = (route: string, body: unknown, user = 'ann', type = 'application/json'): Promise<Answer> =>
    send(`/api/documents/direct/${route}`, {
      method: 'POST',
      headers: { 'content-type': type, 'x-user': user },
      body: JSON.stringify(body),
    });
  const sign = async (body: object): Promise<{ readonly url: string; readonly key: string }> => {
    const { status, text } = await ask('sign', body);
    if (status !== 200) throw new Error(text);
    return JSON.parse(text) as { readonly url: string; readonly key: string };
  };
  const begin = async (more: object = {}) => {
    const { url, key } = await sign({ method: 'POST', key: 'a.txt', ...more });
    const { text } = await send(url, { method: 'POST', headers: { 'content-type': 'application/json' } });
    return { key, uploadId: /<UploadId>(.+)<\/UploadId>/.exec(text)?.[1] ?? '' };
  };
  type Begun = Awaited<ReturnType<typeof begin>>;
  const put = async (
    begun: Begun,
    partNumber: number,
    content: string,
    more: object = {},
  ): Promise<Answer> => {
    const { url } = await sign({ method: 'PUT', ...begun, partNumber, ...more });
    return send(url, { method: 'PUT', body: content });
  };
  const xml = (...etags: readonly string[]): string =>
    `<CompleteMultipartUpload>${etags
      .map((etag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${etag}</ETag></Part>`)
      .join('')}</CompleteMultipartUpload>`;
  const complete = async (begun: Begun, ...etags: readonly string[]): Promise<Answer> => {
    const { url } = await sign({ method: 'POST', ...begun });
    return send(url, { method: 'POST', body: xml(...etags), headers: { 'content-type': 'application/xml' } });
  };
  const code = ({ status, text, type }: Answer): readonly unknown[] => [
    status,
    type,
    /<Code>(.*)<\/Code>/.exec(text)?.[1],
  ];
  const left = async (): Promise<number> => {
    const objects = (await keysOf(app.storage)).filter((key) => key.startsWith('pending/'));
    return objects.length + (await app.storage.as(MultipartUploads).list()).uploads.length;
  };

  it('becomes an object, and its application is told', async () => {
    const begun = await begin({ size: 10 });
    const [one, two] = [await put(begun, 1, 'hello'), await put(begun, 2, 'world')];
    expect([one.status, two.status]).toEqual([200, 200]);
    const { url } = await sign({ method: 'GET', ...begun });
    const list = await send(url);
    expect([list.status, list.type]).toEqual([200, 'application/xml']);
    expect([...list.text.matchAll(/<PartNumber>(\d)<\/PartNumber>/g)].map(([, n]) => n)).toEqual(['1', '2']);
    const done = await complete(begun, one.etag, two.etag);
    expect([done.status, done.type]).toEqual([200, 'application/xml']);
    const key = /<Key>(.+)<\/Key>/.exec(done.text)?.[1] ?? '';
    expect(done.text).toContain(`<Location>/api/documents/objects/${key}</Location>`);
    const { info, body } = await app.storage.get(`users/ann/${key}`);
    expect([info.contentType, Buffer.concat(await body.toArray()).toString()]).toEqual([
      'text/plain',
      'helloworld',
    ]);
    expect(stored).toMatchObject([{ principal: { id: 'ann' }, via: 'direct' }]);
    expect(await left()).toBe(0);
    expect(code(await complete(begun, one.etag, two.etag))).toEqual([404, 'application/xml', 'NOT_FOUND']);
    expect(stored).toHaveLength(1);
  });

  it('is of whoever began it, in the same scope, and of that upload alone', async () => {
    const [begun, other] = [await begin(), await begin()];
    const { etag } = await put(begun, 1, 'hello');
    for (const method of ['PUT', 'GET', 'POST', 'DELETE']) {
      const body = { method, ...begun, partNumber: 1 };
      expect((await ask('sign', body, 'bob')).status).toBe(403);
      expect((await ask('sign', { ...body, uploadId: other.uploadId })).status).toBe(403);
      expect((await ask('sign', { ...body, key: `${begun.key}x` })).status).toBe(403);
    }
    const path = `s3/multipart/${encodeURIComponent(begun.uploadId)}/complete?key=${begun.key}`;
    expect((await ask(path, { parts: [{ PartNumber: 1, ETag: etag }] }, 'bob')).status).toBe(403);
    scope = () => 'elsewhere';
    expect((await ask('sign', { method: 'POST', ...begun })).status).toBe(403);
    scope = (user) => `users/${user}`;
    expect((await complete(begun, etag)).status).toBe(200);
  });

  it('is reached by URLs for one thing each', async () => {
    const begun = await begin();
    const { url: list } = await sign({ method: 'GET', ...begun });
    const { url: part } = await sign({ method: 'PUT', ...begun, partNumber: 1 });
    for (const [url, method] of [
      [list, 'DELETE'],
      [list, 'PUT'],
      [list, 'POST'],
      [part, 'GET'],
      [part, 'DELETE'],
      [`${list}x`, 'GET'],
      ['/api/documents/direct/granted', 'GET'],
    ] as const)
      expect(code(await send(url, { method, ...(method === 'PUT' && { body: 'x' }) }))).toEqual([
        403,
        'application/xml',
        'PERMISSION_DENIED',
      ]);
    expect(code(await send(list.replace('documents', 'nothing')))).toEqual([
      404,
      'application/xml',
      'NOT_FOUND',
    ]);
  });

  it('keeps its parts when they are not the ones that are named', async () => {
    const begun = await begin();
    const [old, two] = [await put(begun, 1, 'hello'), await put(begun, 2, 'world')];
    const changed = await put(begun, 1, 'other');
    for (const etags of [[old.etag, two.etag], [], [changed.etag, two.etag, 'x']])
      expect(code(await complete(begun, ...etags))).toEqual([400, 'application/xml', 'INVALID_ARGUMENT']);
    const { url } = await sign({ method: 'POST', ...begun });
    for (const body of ['', '<a/>', '<!DOCTYPE x>' + xml('e')])
      expect(code(await send(url, { method: 'POST', body }))).toEqual([
        400,
        'application/xml',
        'INVALID_ARGUMENT',
      ]);
    const large = await send(url, { method: 'POST', body: ' '.repeat(3 * 1024 * 1024) });
    expect(code(large)).toEqual([413, 'application/xml', 'TOO_LARGE']);
    expect((await complete(begun, changed.etag, two.etag)).status).toBe(200);
  });

  it('is refused as a whole when it is larger than is allowed or declared', async () => {
    const large = await begin();
    const two = await put(large, 2, 'x'.repeat(600));
    const one = await put(large, 1, 'x'.repeat(600));
    for (const number of [2, 3, 999]) {
      const more = await put(large, number, 'x'.repeat(600));
      expect(code(more)).toEqual([413, 'application/xml', 'TOO_LARGE']);
    }
    expect(code(await complete(large, one.etag, two.etag))).toEqual([413, 'application/xml', 'TOO_LARGE']);
    const other = await begin({ size: 7 });
    const { etag } = await put(other, 1, 'hello');
    expect(code(await complete(other, etag))).toEqual([400, 'application/xml', 'INVALID_ARGUMENT']);
    expect(await left()).toBe(0);
    const uneven = await begin();
    const first = await put(uneven, 1, 'x');
    expect((await put(uneven, 2, 'x'.repeat(999))).status).toBe(200);
    expect((await complete(uneven, first.etag, (await put(uneven, 2, 'x'.repeat(998))).etag)).status).toBe(
      200,
    );
    expect((await ask('sign', { method: 'POST', key: 'a.txt', size: MAX + 1 })).status).toBe(413);
    const small = await begin({ size: 5 });
    expect((await put(small, 1, 'x'.repeat(6))).status).toBe(413);
    expect((await put(small, 1, 'hello', { size: 4 })).status).toBe(400);
    expect((await ask('sign', { method: 'PUT', ...small, partNumber: 1, size: 6 })).status).toBe(413);
    expect((await ask('sign', { method: 'PUT', ...small, partNumber: 0 })).status).toBe(400);
  });

  it('can be completed again when the scanner was not there, and is gone when it is infected', async () => {
    const begun = await begin();
    const { etag } = await put(begun, 1, 'hello');
    verdict = 'down';
    expect(code(await complete(begun, etag))).toEqual([503, 'application/xml', 'UNAVAILABLE']);
    verdict = 'clean';
    expect((await complete(begun, etag)).status).toBe(200);
    const infected = await begin();
    const part = await put(infected, 1, 'hello');
    verdict = 'infected';
    expect(code(await complete(infected, part.etag))).toEqual([422, 'application/xml', 'CONTENT_REFUSED']);
    expect([await left(), stored.length]).toEqual([0, 1]);
  });

  it('leaves nothing when it is aborted, also behind a completion that failed', async () => {
    const begun = await begin();
    const { etag } = await put(begun, 1, 'hello');
    verdict = 'down';
    await complete(begun, etag);
    const { url } = await sign({ method: 'DELETE', ...begun });
    for (let times = 0; times < 2; times++) expect((await send(url, { method: 'DELETE' })).status).toBe(204);
    expect(await left()).toBe(0);
    expect((await put(begun, 1, 'hello')).status).toBe(404);
  });

  it('is completed once by two at the same time', async () => {
    const begun = await begin();
    const { etag } = await put(begun, 1, 'hello');
    const { url } = await sign({ method: 'POST', ...begun });
    const both = await Promise.all([1, 2].map(() => send(url, { method: 'POST', body: xml(etag) })));
    expect(both.map(({ status }) => status).sort()[0]).toBe(200);
    expect(stored).toHaveLength(1);
    expect(await left()).toBe(0);
  });

  it('has no part of a client that went', async () => {
    const begun = await begin();
    const { url } = await sign({ method: 'PUT', ...begun, partNumber: 1 });
    const socket = connect(app.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`PUT ${url} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n${'x'.repeat(100)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.destroy();
    await once(socket, 'close');
    const { url: list } = await sign({ method: 'GET', ...begun });
    expect((await send(list)).text).not.toContain('<Part>');
    expect((await put(begun, 1, 'hello')).status).toBe(200);
  });

  it('is stored whole when it is empty', async () => {
    const { url, key } = await sign({ method: 'PUT', key: 'a.txt', contentType: 'text/plain' });
    expect((await send(url, { method: 'PUT', headers: { 'content-type': 'text/plain' } })).status).toBe(200);
    const done = await ask('confirm', { ticket: key });
    expect([done.status, JSON.parse(done.text)]).toMatchObject([201, { size: 0, name: 'a.txt' }]);
  });

  it('is made by the routes of Companion, which take no form of another site', async () => {
    expect((await ask('s3/multipart', { filename: 'a.txt' }, 'ann', 'text/plain')).status).toBe(415);
    const made = await ask('s3/multipart', { filename: 'a.txt', type: 'text/plain', metadata: { a: 'b' } });
    const { key, uploadId } = JSON.parse(made.text) as Begun;
    const path = `/api/documents/direct/s3/multipart/${encodeURIComponent(uploadId)}`;
    const get = (rest = '', method = 'GET') =>
      send(`${path}${rest}?key=${key}`, { method, headers: { 'x-user': 'ann' } });
    const { url } = JSON.parse((await get('/1')).text) as { readonly url: string };
    const { etag } = await send(url, { method: 'PUT', body: 'hello' });
    expect(JSON.parse((await get()).text)).toEqual([{ PartNumber: 1, Size: 5, ETag: etag.slice(1, -1) }]);
    expect((await get('/x')).status).toBe(400);
    expect((await get('/1/2')).status).toBe(400);
    expect((await send(`${path}`, { headers: { 'x-user': 'ann' } })).status).toBe(400);
    expect((await send(`${path}/1?key=${key}`)).status).toBe(403);
    const rest = `s3/multipart/${encodeURIComponent(uploadId)}/complete?key=${key}`;
    expect((await ask(rest, { parts: [{ PartNumber: '1', ETag: etag }] })).status).toBe(400);
    const done = await ask(rest, { parts: [{ PartNumber: 1, ETag: etag }] });
    const object = JSON.parse(done.text) as { readonly key: string; readonly location: string };
    expect([done.status, object.location]).toEqual([200, `/api/documents/objects/${object.key}`]);
    expect((await app.storage.head(`users/ann/${object.key}`)).size).toBe(5);
    expect((await get('', 'DELETE')).status).toBe(200);
  });

  // Fastify gives 100 characters to a parameter, and answers 414 beyond: https://fastify.dev/docs/latest/Reference/Server/#maxparamlength
  it('has an id of any length and any characters in the paths of Companion', async () => {
    const { key } = await begin();
    const statuses = async (id: string): Promise<readonly (readonly unknown[])[]> => {
      const path = `s3/multipart/${encodeURIComponent(id)}`;
      const url = `/api/documents/direct/${path}`;
      const headers = { 'x-user': 'ann' };
      const answers = [
        await send(`${url}?key=${key}`, { headers }),
        await send(`${url}/1?key=${key}`, { headers }),
        await ask(`${path}/complete?key=${key}`, { parts: [{ PartNumber: 1, ETag: 'e' }] }),
        await send(`${url}?key=${key}`, { method: 'DELETE', headers }),
      ];
      return answers.map(({ status, text }) => [status, (JSON.parse(text) as { code?: string }).code]);
    };
    const refused = await statuses('short');
    expect(refused).toEqual(Array(4).fill([403, 'PERMISSION_DENIED']));
    expect(await statuses('l0/%~+'.repeat(300))).toEqual(refused);
  });
});
