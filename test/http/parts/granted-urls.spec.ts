import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../../src/backends/local/backend.js';
import { MultipartUploads } from '../../../src/core/multipart-uploads.js';
import { Grants, type Grant } from '../../../src/http/parts/grants.js';
import { StorageHttpModule } from '../../../src/http/index.js';
import { boot, keysOf, raw, storages, type Harness } from '../harness.js';
import { currentAdapter, describeAdapters } from '../support/adapters.js';
import { until } from '../../support/until.js';

const SECRET = 'a secret of the tests, long enough';
const MAX = 1000;
const grants = new Grants([SECRET]);

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly body?: string | FormData;
}

describeAdapters('A URL that was given out', () => {
  let root: string;
  let app: Harness;
  let backend: LocalBackend;
  let announced: number;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'stowage-granted-'));
    announced = 0;
    const signing = { secret: SECRET, baseUrl: () => app.url, storage: 'documents' };
    backend = new LocalBackend({ root, durability: 'rename', signing });
    app = await boot(
      [
        storages({ documents: backend }),
        StorageHttpModule.forRoot({
          storages: {
            documents: { operations: ['direct'], maxSize: MAX, onStored: () => void announced++ },
          },
          secret: SECRET,
          principal: () => 'ann',
          authorize: () => true,
        }),
      ],
      { adapter: currentAdapter() },
    );
  });
  afterEach(async () => {
    await app.close();
    await backend.close();
    await rm(root, { recursive: true, force: true });
  });

  const at = (route: string): string => `${app.url}/api/documents/direct/${route}`;
  const sign = async (body: object): Promise<{ readonly url: string; readonly key: string }> => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(at('sign'), { method: 'POST', headers, body: JSON.stringify(body) });
    const { url, key } = (await response.json()) as { readonly url: string; readonly key: string };
    return { url: new URL(url, app.url).href, key };
  };
  const form = (...files: readonly string[]): FormData => {
    const data = new FormData();
    data.set('key', 'pending/direct/elsewhere');
    for (const file of files) data.append('file', new Blob([file]), 'blob');
    return data;
  };
  const formUrl = async (): Promise<{ readonly url: string; readonly key: string }> => {
    const { url, fields } = (await (await fetch(at('s3/params?filename=a.txt'))).json()) as {
      readonly url: string;
      readonly fields: { readonly key: string };
    };
    return { url, key: fields.key };
  };
  const send = async ({ method, url, body }: Sent) => {
    const response = await fetch(url, { method, ...(body !== undefined && { body }) });
    const { status, headers } = response;
    const text = await response.text();
    return { status, code: /<Code>(.*)<\/Code>/.exec(text)?.[1], etag: headers.get('etag') ?? '' };
  };
  const stored = async () => {
    const { uploads } = await app.storage.as(MultipartUploads).list();
    const parts = await Promise.all(
      uploads.map(({ key, uploadId }) => app.storage.as(MultipartUploads).listParts(key, uploadId)),
    );
    return { keys: await keysOf(app.storage), uploads: uploads.length, parts, announced };
  };

  /** The same URL for another grant. */
  const changed = (url: string, change: (grant: Grant) => object): string => {
    const given = new URL(url);
    const grant = grants.open(given.searchParams.get('grant'), 'documents');
    given.searchParams.set('grant', grants.seal(change(grant) as Grant));
    return given.href;
  };

  it('does nothing any more when it has expired', async () => {
    const { url: create, key } = await sign({ method: 'POST', key: 'a.txt' });
    const text = await (await fetch(create, { method: 'POST' })).text();
    const begun = { key, uploadId: /<UploadId>(.+)<\/UploadId>/.exec(text)?.[1] ?? '' };
    const part = await sign({ method: 'PUT', ...begun, partNumber: 1 });
    const { etag } = await send({ method: 'PUT', url: part.url, body: 'hello' });
    const named = `<Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part>`;
    const all: readonly Sent[] = [
      { method: 'POST', url: create },
      { method: 'PUT', url: part.url, body: 'other' },
      { method: 'GET', url: (await sign({ method: 'GET', ...begun })).url },
      { method: 'DELETE', url: (await sign({ method: 'DELETE', ...begun })).url },
      {
        method: 'POST',
        url: (await sign({ method: 'POST', ...begun })).url,
        body: `<CompleteMultipartUpload>${named}</CompleteMultipartUpload>`,
      },
      { method: 'POST', url: (await formUrl()).url, body: form('hello') },
    ];
    const before = await stored();
    for (const seconds of [0, -1, -86_400])
      for (const { url, ...rest } of all) {
        const expires = Math.floor(Date.now() / 1000) + seconds;
        const late = changed(url, (grant) => ({ ...grant, expires }));
        expect(await send({ url: late, ...rest })).toMatchObject({ status: 403, code: 'PERMISSION_DENIED' });
      }
    expect(await stored()).toEqual(before);
    // Those that have not are good still, in this order.
    const answers: number[] = [];
    for (const one of [all[0], all[2], all[4], all[5]]) answers.push((await send(one as Sent)).status);
    expect(answers).toEqual([200, 200, 200, 204]);
    expect(announced).toBe(1);
  });

  it('reads nothing of what is sent to it when it has expired', async () => {
    const expires = Math.floor(Date.now() / 1000) - 1;
    const late = new URL(changed((await formUrl()).url, (grant) => ({ ...grant, expires })));
    const answer = await raw(
      app.port,
      `POST ${late.pathname}${late.search} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=XX\r\n` +
        'Content-Length: 900\r\nConnection: close\r\n\r\n--XX\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(await keysOf(app.storage)).toEqual([]);
  });

  it('takes a file in a form and nothing else, where it is for a form', async () => {
    const { url, key } = await formUrl();
    for (const method of ['GET', 'PUT', 'DELETE'])
      expect(await send({ method, url, ...(method === 'PUT' && { body: 'x' }) })).toMatchObject({
        status: 403,
        code: 'PERMISSION_DENIED',
      });
    const { url: create } = await sign({ method: 'POST', key: 'a.txt' });
    // It says which upload was begun, and looks at no body.
    expect((await send({ method: 'POST', url: create, body: form('hello') })).status).toBe(200);
    const nameless = new FormData();
    nameless.set('other', new Blob(['x']), 'x');
    for (const [body, code] of [
      ['hello', 'INVALID_ARGUMENT'],
      [new FormData(), 'INVALID_ARGUMENT'],
      [form(), 'INVALID_ARGUMENT'],
      [nameless, 'INVALID_ARGUMENT'],
      [form('hello', 'again'), 'INVALID_ARGUMENT'],
      [form('x'.repeat(MAX + 1)), 'TOO_LARGE'],
    ] as const)
      expect(await send({ method: 'POST', url, body })).toMatchObject({ code });
    expect(await keysOf(app.storage)).toEqual([]);
    expect((await send({ method: 'POST', url, body: form('hello') })).status).toBe(204);
    const { info, body } = await app.storage.get(key);
    expect([info.contentType, Buffer.concat(await body.toArray()).toString()]).toEqual([
      'text/plain',
      'hello',
    ]);
    expect(announced).toBe(0);
  });

  it('keeps nothing of a form that breaks off, or is malformed', async () => {
    const { url } = await formUrl();
    const { pathname, search } = new URL(url);
    const head = (length: number, type = 'multipart/form-data; boundary=XX') =>
      `POST ${pathname}${search} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`;
    const file = '--XX\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n';
    for (const type of [
      'multipart/form-data',
      'multipart/form-data; boundary=',
      'multipart/mixed; boundary=XX',
    ])
      expect(await raw(app.port, `${head(3, type)}abc`, 300)).toMatch(/^HTTP\/1\.1 4(?:00|15) /);
    const whole = `${file}hello\r\n`;
    expect(await raw(app.port, head(whole.length) + whole, 300)).toMatch(/^HTTP\/1\.1 400 /);
    const socket = connect(app.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`${head(500)}${file}hello`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.destroy();
    await until(async () => (await keysOf(app.storage)).length === 0);
    expect(await stored()).toMatchObject({ keys: [], uploads: 0, announced: 0 });
  });
});
