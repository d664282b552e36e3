import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../src/backends/local/backend.js';
import { StorageHttpModule } from '../../src/http/index.js';
import { TusModule } from '../../src/tus/index.js';
import { uploadAll } from '../tus/support/tus-client.js';
import { tusRequest } from '../tus/support/tus-request.js';
import { boot, form, storages, type Harness } from './harness.js';
import { describeAdapters } from './support/adapters.js';
import { startReverseProxy, type ReverseProxy } from './support/reverse-proxy.js';

const SECRET = 'a secret of the tests, long enough';
/** What anybody may send, and no URL may be made of. */
const LIES = {
  'x-forwarded-proto': 'https, http',
  'x-forwarded-host': 'evil.example.com',
  'x-forwarded-prefix': '/evil',
  forwarded: 'host=evil.example.com;proto=https',
};

describeAdapters('Behind a proxy that takes a path off', (adapter) => {
  let root: string;
  let proxy: ReverseProxy;
  let app: Harness | undefined;
  let backend: LocalBackend | undefined;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'stowage-proxy-'));
    proxy = await startReverseProxy('/files', LIES);
  });
  afterEach(async () => {
    await app?.close();
    await backend?.close();
    await proxy.close();
    await rm(root, { recursive: true, force: true });
    app = backend = undefined;
  });

  /** @param baseUrl The option of StorageHttpModule. @param globalPrefix Of the application. */
  async function serve(
    baseUrl: string | undefined,
    { name = 'documents', globalPrefix = '' } = {},
  ): Promise<string> {
    const prefix = [globalPrefix, 'api'].filter(Boolean).join('/');
    backend = new LocalBackend({
      root,
      signing: { secret: SECRET, baseUrl: `${proxy.url}/`, storage: name, prefix },
    });
    app = await boot(
      [
        storages({ [name]: backend }),
        StorageHttpModule.forRoot({
          storages: { [name]: { operations: ['upload', 'get', 'presign', 'direct', 'tus'] } },
          authorize: () => true,
          secret: SECRET,
          baseUrl,
        }),
        TusModule.forRoot(),
      ],
      { adapter, name, ...(globalPrefix && { prefix: globalPrefix }) },
    );
    proxy.leadTo(app.port);
    return `${proxy.url}/${prefix}/${name}`;
  }
  const post = async (url: string, body: object): Promise<Record<string, string>> => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status} ${text}`);
    return JSON.parse(text) as Record<string, string>;
  };
  const read = async (url = ''): Promise<string> => {
    const response = await fetch(url);
    return `${response.status} ${await response.text()}`;
  };
  const is = (part: string, url = ''): string => (url.startsWith(`${part}/`) ? part : url);

  it.each(['', 'v1'])(
    'a baseUrl with that path is right of every URL, global prefix "%s"',
    async (prefix) => {
      const at = await serve(`${proxy.url}/`, { globalPrefix: prefix });

      const upload = await fetch(`${at}/upload`, { method: 'POST', body: form(['file', 'form', 'a.txt']) });
      const { key, url } = (await upload.json()) as { key: string; url: string };
      expect([is(`${at}/objects`, url), await read(url)]).toEqual([`${at}/objects`, '200 form']);

      const signed = await post(`${at}/presign`, { method: 'GET', key });
      expect([is(`${at}/signed`, signed.url), await read(signed.url)]).toEqual([`${at}/signed`, '200 form']);

      const file = { name: 'b.txt', contentType: 'text/plain', size: 6 };
      const direct = await post(`${at}/direct`, file);
      expect(is(`${at}/signed`, direct.url)).toBe(`${at}/signed`);
      const put = await fetch(direct.url!, {
        method: 'PUT',
        body: 'direct',
        headers: { 'content-type': 'text/plain' },
      });
      expect(put.status).toBe(200);
      const confirmed = await post(`${at}/direct/confirm`, { ticket: direct.ticket });
      expect([is(`${at}/objects`, confirmed.url), await read(confirmed.url)]).toEqual([
        `${at}/objects`,
        '200 direct',
      ]);

      const tus = await uploadAll(`${at}/tus`, Buffer.from('tus'), { metadata: { filename: 'c.txt' } });
      expect(is(`${at}/tus`, tus.url)).toBe(`${at}/tus`);
      const location = tus.header('Stowage-Location');
      expect([is(`${at}/objects`, location), await read(location)]).toEqual([`${at}/objects`, '200 tus']);
      expect(proxy.seen.filter((request) => !request.url.startsWith('/files/'))).toEqual([]);
    },
  );

  it('a baseUrl with that path is right of all that Uppy is given', async () => {
    const at = await serve(proxy.url);
    const granted = `${at}/direct/granted?`;
    const urls: string[] = [];
    const step = async (body: object): Promise<Record<string, string>> => {
      const signed = await post(`${at}/direct/sign`, body);
      urls.push(signed.url ?? '');
      return signed;
    };
    const { url: create, key } = await step({ method: 'POST', key: 'a.txt' });
    const begun = await (await fetch(create!, { method: 'POST' })).text();
    const uploadId = /<UploadId>(.+)<\/UploadId>/.exec(begun)?.[1];
    const part = await step({ method: 'PUT', key, uploadId, partNumber: 1 });
    const etag = (await fetch(part.url!, { method: 'PUT', body: 'parts' })).headers.get('etag');
    const list = await step({ method: 'GET', key, uploadId });
    expect(await read(list.url)).toMatch(/^200 [^]*<PartNumber>1</);
    const complete = await step({ method: 'POST', key, uploadId });
    const named = `<Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part>`;
    const body = `<CompleteMultipartUpload>${named}</CompleteMultipartUpload>`;
    const done = await (await fetch(complete.url!, { method: 'POST', body })).text();
    expect(await read(/<Location>(.+)<\/Location>/.exec(done)?.[1])).toBe('200 parts');
    expect(urls.map((url) => url.slice(0, granted.length))).toEqual(urls.map(() => granted));
    expect(urls).toHaveLength(4);

    const multipart = `${at}/direct/s3/multipart`;
    const companion = await post(multipart, { filename: 'b.txt', type: 'text/plain' });
    const upload = `${multipart}/${encodeURIComponent(companion.uploadId!)}`;
    const query = `?key=${encodeURIComponent(companion.key!)}`;
    const { url } = (await (await fetch(`${upload}/1${query}`)).json()) as { url: string };
    const sent = await fetch(url, { method: 'PUT', body: 'companion' });
    const parts = [{ PartNumber: 1, ETag: sent.headers.get('etag') }];
    const { location } = await post(`${upload}/complete${query}`, { parts });
    expect(await read(location)).toBe('200 companion');
  });

  it('tus needs no baseUrl, and other URLs are paths that the path is missing from', async () => {
    const at = await serve(undefined);
    const tus = await uploadAll(`${at}/tus`, Buffer.from('tus'), { metadata: { filename: 'c.txt' } });
    expect(is(`${at}/tus`, tus.url)).toBe(`${at}/tus`);
    const location = tus.header('Stowage-Location') ?? '';
    expect(location.startsWith('/api/documents/objects/')).toBe(true);
    expect(await read(proxy.url + location)).toBe('200 tus');
    const upload = await fetch(`${at}/upload`, { method: 'POST', body: form(['file', 'form', 'a.txt']) });
    const { url } = (await upload.json()) as { url: string };
    expect([url.startsWith('/api/'), await read(proxy.url + url)]).toEqual([true, '200 form']);
    const signed = await post(`${at}/direct/sign`, { method: 'POST', key: 'a.txt' });
    expect(signed.url).toMatch(/^\/api\/documents\/direct\/granted\?/);
  });

  it('a storage may be named as a route is', async () => {
    const at = await serve(proxy.url, { name: 'tus' });
    const created = await tusRequest('POST', `${at}/tus`, {
      headers: { 'Upload-Length': '3', 'Content-Type': 'application/offset+octet-stream' },
      body: Buffer.from('tus'),
    });
    expect(await read(created.headers['stowage-location'])).toBe('200 tus');
  });
});
