import { afterEach, expect, it } from '@jest/globals';
import { request as httpRequest } from 'node:http';
import { StorageHttpModule, type StoredFile } from '../../../src/http/index.js';
import { boot, keysOf, storages, type Harness } from '../harness.js';
import { forEachDirectPlace, SECRET, type DirectPlace } from './direct-places.js';

interface Begun {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly ticket: string;
}

let server: Harness | undefined;
let told: StoredFile[] = [];
afterEach(async () => {
  await server?.close();
  server = undefined;
  told = [];
});

async function serve(place: DirectPlace): Promise<Harness> {
  const { backend, destroy } = await place.open(() => server?.url ?? '');
  server = await boot(
    [
      storages({ documents: backend }),
      StorageHttpModule.forRoot({
        storages: { documents: { operations: ['direct'], onStored: (file) => void told.push(file) } },
        authorize: () => true,
        secret: SECRET,
      }),
    ],
    { destroy },
  );
  return server;
}

async function post(path: string, body: object): Promise<{ status: number; json: unknown }> {
  const answer = await fetch(`${server?.url}/api/documents/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, json: await answer.json() };
}

function send({ url, headers }: Begun, content: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { method: 'PUT', headers }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode));
    });
    sent.once('error', reject);
    sent.end(content);
  });
}

forEachDirectPlace((place) => {
  it('replaces nothing by what is sent again when the upload was confirmed', async () => {
    const { storage } = await serve(place);
    const { json } = await post('direct', { name: 'a.txt', contentType: 'text/plain', size: 5 });
    const begun = json as Begun;
    const { ticket } = begun;
    expect(await send(begun, 'hello')).toBe(200);
    const stored = await post('direct/confirm', { ticket });
    expect(stored.status).toBe(201);
    const { key } = stored.json as { key: string };
    expect(await send(begun, 'other')).toBe(200);
    expect(await post('direct/confirm', { ticket })).toMatchObject({
      status: 404,
      json: { code: 'NOT_FOUND' },
    });
    expect(await storage.text(key)).toBe('hello');
    expect(await keysOf(storage)).toEqual([key]);
    expect(told).toHaveLength(1);
  });
});
