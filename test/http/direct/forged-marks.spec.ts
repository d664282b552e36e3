import { afterEach, describe, expect, it } from '@jest/globals';
import { StorageError } from '../../../src/core/error.js';
import type { Layer } from '../../../src/core/layer.js';
import { withLayers } from '../../../src/core/layered-backend.js';
import { StorageHttpModule, type DirectUpload, type StoredFile } from '../../../src/http/index.js';
import { s3Place } from '../../contract/s3-place.js';
import { describeServers, type TestServer } from '../../servers/s3-servers.js';
import { boot, storages, type Harness } from '../harness.js';
import { SECRET } from './direct-places.js';

const TYPE = 'text/plain';
const [CLEAN, EVIL] = ['clean', 'evil!'];

let server: Harness | undefined;
let told: readonly StoredFile[] = [];
let scanned: readonly string[] = [];
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** @param own The key of the application. Default: one of the storage. */
async function serve(place: TestServer, layer: Layer, own?: string): Promise<Harness> {
  const { backend, destroy } = await s3Place(place);
  [told, scanned] = [[], []];
  server = await boot(
    [
      storages({ documents: withLayers(backend, 'documents', [layer]) }),
      StorageHttpModule.forRoot({
        storages: {
          documents: {
            operations: ['direct', 'presign', 'upload'],
            scanner: {
              async scan(content) {
                for await (const chunk of content)
                  scanned = [...scanned, Buffer.from(chunk as Uint8Array).toString()];
                return 'clean';
              },
            },
            onStored: (file) => void (told = [...told, file]),
            ...(own !== undefined && { key: () => own }),
          },
        },
        authorize: () => true,
        secret: SECRET,
      }),
    ],
    { destroy },
  );
  return server;
}

async function post<T>(path: string, body: object): Promise<{ readonly status: number; readonly json: T }> {
  const answer = await fetch(`${server?.url}/api/documents/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, json: (await answer.json()) as T };
}

const put = (url: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(url, { method: 'PUT', body, headers: { 'content-type': TYPE, ...headers } });

/** An upload that was sent, and what puts something else at its key that claims to have come of it. */
async function send(): Promise<{ readonly ticket: string; readonly forge: () => Promise<void> }> {
  const { json } = await post<DirectUpload>('direct', {
    name: 'a.txt',
    contentType: TYPE,
    size: CLEAN.length,
  });
  const etag = (await put(json.url, CLEAN)).headers.get('etag') ?? '';
  const { ticket } = json;
  // Which its holder can read: it is sealed, not encrypted.
  const { id, key } = JSON.parse(Buffer.from(ticket.split('.')[0] ?? '', 'base64url').toString()) as Record<
    'id' | 'key',
    string
  >;
  const marks = { 'x-amz-meta-upload-id': id, 'x-amz-meta-upload-etag': etag.replaceAll('"', '') };
  return {
    ticket,
    forge: async () => {
      const asked = { method: 'PUT', key, contentType: TYPE, size: EVIL.length };
      const { json: signed } = await post<{ url: string }>('presign', asked);
      expect((await put(signed.url, EVIL, marks)).status).toBe(200);
      expect((await server?.storage.head(key))?.metadata).toMatchObject({ 'upload-id': id });
    },
  };
}

const pass: Layer = (operation, next) => next(operation);

describe('What a client sends with metadata of its own', () => {
  describeServers({ only: ['moto', 'ceph-rgw'] }, (place) => {
    it('becomes an object that has none of it', async () => {
      const { storage } = await serve(place(), pass);
      const asked = { name: 'a.txt', contentType: TYPE, size: CLEAN.length };
      const { json } = await post<DirectUpload>('direct', asked);
      const forged = { 'x-amz-meta-upload-id': 'forged', 'x-amz-meta-owner': 'bob' };
      const sent = await put(json.url, CLEAN, forged);
      expect(sent.status).toBe(200);
      const confirmed = await post<StoredFile>('direct/confirm', { ticket: json.ticket });
      expect(confirmed.status).toBe(201);
      expect((await storage.head(confirmed.json.key)).metadata).toEqual({
        'upload-id': expect.stringMatching(/^[\w-]{43}$/),
        'upload-etag': sent.headers.get('etag')?.replaceAll('"', ''),
      });
    });
  });
});

// Both keep metadata that the signature of a request does not name.
describe('What was put at the key of an upload, by metadata of its own', () => {
  describeServers({ only: ['moto'] }, (place) => {
    it('is not admitted in its place under a key of the application', async () => {
      const { storage } = await serve(place(), pass, 'films/1.txt');
      const { ticket, forge } = await send();
      await forge();
      const confirmed = await post('direct/confirm', { ticket });
      expect(confirmed).toMatchObject({ status: 409, json: { code: 'ALREADY_EXISTS' } });
      expect(told).toEqual([]);
      expect(await storage.text('films/1.txt')).toBe(EVIL);
    });
  });

  describeServers({ only: ['ceph-rgw'] }, (place) => {
    it('is not admitted in its place when nobody knows whether it was copied', async () => {
      let race: (() => Promise<void>) | undefined;
      const racing: Layer = async (operation, next) => {
        const done = await next(operation);
        if (operation.name !== 'copy' || !/held/.test(operation.keys[0] ?? '') || !race) return done;
        await race();
        // As the backend has it when the copy is another object by then.
        throw new StorageError('OUTCOME_UNKNOWN', 'What is there now has another ETag');
      };
      const { storage } = await serve(place(), racing);
      const { ticket, forge } = await send();
      race = forge;
      expect(await post('direct/confirm', { ticket })).toMatchObject({
        status: 500,
        json: { code: 'OUTCOME_UNKNOWN' },
      });
      expect(told).toEqual([]);
      race = undefined;
      const { status, json } = await post<StoredFile>('direct/confirm', { ticket });
      expect(status).toBe(201);
      expect([await storage.text(json.key), ...new Set(scanned)]).toEqual([CLEAN, CLEAN]);
      expect(told).toMatchObject([{ key: json.key, etag: (await storage.head(json.key)).etag }]);
    });
  });
});
