import { afterEach, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../../src/backends/local/backend.js';
import { StorageHttpModule, type StorageDecision, type StorageHttpOptions } from '../../../src/http/index.js';
import { boot, form, storages, type Harness } from '../harness.js';
import { describeAdapters } from '../support/adapters.js';

const SECRET = 'a secret of the tests, long enough';
const HIDDEN = 'pending/direct/1';

let server: Harness;
afterEach(() => server.close());

async function serve(
  decision: StorageDecision = true,
  options: Partial<StorageHttpOptions['storages'][string]> = {},
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'stowage-hidden-'));
  let url = '';
  const backend = new LocalBackend({
    root: folder,
    durability: 'rename',
    signing: { secret: SECRET, storage: 'documents', baseUrl: () => url },
  });
  server = await boot(
    [
      storages({ documents: backend }),
      StorageHttpModule.forRoot({
        storages: {
          documents: { operations: ['upload', 'get', 'list', 'delete', 'presign', 'direct'], ...options },
        },
        authorize: () => decision,
        secret: SECRET,
      }),
    ],
    {
      destroy: async () => {
        await backend.close();
        await rm(folder, { recursive: true, force: true });
      },
    },
  );
  url = server.url;
  for (const key of [HIDDEN, 'pending.txt', 'users/ann/pending/1', 'open/1'])
    await server.storage.put(key, key, { contentType: 'text/plain' });
}

const at = (path: string, init?: RequestInit): Promise<Response> =>
  fetch(`${server.url}/api/documents/${path}`, init);
const list = async (query = ''): Promise<unknown> => {
  const { objects, prefixes } = (await (await at(`objects${query}`)).json()) as {
    objects: { key: string }[];
    prefixes: string[];
  };
  return [objects.map(({ key }) => key), prefixes];
};
const presign = (body: object): Promise<Response> =>
  at('presign', {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });

describeAdapters('What is not admitted yet', () => {
  it('is reached by no route', async () => {
    await serve();
    for (const path of [HIDDEN, 'pending%2Fdirect/1', 'pending/none', 'PENDING/direct/1'.toLowerCase()])
      for (const method of ['GET', 'HEAD', 'DELETE'])
        expect([path, method, (await at(`objects/${path}`, { method })).status]).toEqual([path, method, 404]);
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE'])
      expect([method, (await presign({ method, key: HIDDEN })).status]).toEqual([method, 404]);
    expect(await server.storage.text(HIDDEN)).toBe(HIDDEN);
    expect(await (await at('objects/pending.txt')).text()).toBe('pending.txt');
  });

  it('is in no list', async () => {
    await serve();
    expect(await list()).toEqual([['open/1', 'pending.txt', 'users/ann/pending/1'], []]);
    expect(await list('?delimiter=/')).toEqual([['pending.txt'], ['open/', 'users/']]);
    for (const prefix of ['pending/', 'pending/direct/', 'pending/d'])
      expect(await list(`?prefix=${prefix}`)).toEqual([[], []]);
  });

  it('lies outside of every scope', async () => {
    await serve({ scope: 'users/ann' });
    expect(await list()).toEqual([['pending/1'], []]);
    expect(await (await at('objects/pending/1')).text()).toBe('users/ann/pending/1');
    expect((await at(`objects/${HIDDEN}`)).status).toBe(404);
  });

  it('is no scope', async () => {
    for (const scope of ['pending', 'pending/', 'pending/direct']) {
      await serve({ scope });
      expect([scope, (await at('objects')).status]).toEqual([scope, 500]);
      if (scope !== 'pending/direct') await server.close();
    }
  });

  it('gets no key from an upload', async () => {
    await serve(true, { key: ({ name }) => `pending/direct/${name}` });
    const answer = await at('upload', { method: 'POST', body: form(['file', 'x', '2']) });
    expect([answer.status, await server.storage.exists('pending/direct/2')]).toEqual([400, false]);
    expect((await presign({ method: 'PUT' })).status).toBe(400);
  });

  it('comes by a signature, without being looked at, and is given out by none', async () => {
    const told: string[] = [];
    await serve(true, { types: ['image/png'], onStored: ({ key }) => void told.push(key), maxSize: 10 });
    const signed = async (method: 'GET' | 'HEAD' | 'PUT' | 'DELETE', body?: string): Promise<number> => {
      const { url, headers } = await server.storage.signedUrl('pending/direct/2', { method });
      return (await fetch(url, { method, headers, ...(body !== undefined && { body }) })).status;
    };
    expect(await signed('PUT', 'hello')).toBe(200);
    expect(await signed('PUT', 'more than ten')).toBe(413);
    expect(await server.storage.text('pending/direct/2')).toBe('hello');
    for (const method of ['GET', 'HEAD', 'DELETE'] as const) expect(await signed(method)).toBe(404);
    expect(told).toEqual([]);
  });

  it('is where the application says, and nothing is hidden where nothing is pending', async () => {
    await serve(true, { pendingPrefix: 'open/' });
    expect((await at('objects/open/1')).status).toBe(404);
    expect((await at(`objects/${HIDDEN}`)).status).toBe(200);
    await server.close();
    await serve(true, { operations: ['get', 'list'] });
    expect((await at(`objects/${HIDDEN}`)).status).toBe(200);
  });
});
