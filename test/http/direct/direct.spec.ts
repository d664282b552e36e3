import { afterEach, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { crc32 } from 'node:zlib';
import { crc32Checksum } from '../../../src/core/checksum.js';
import {
  StorageHttpModule,
  type ServedStorageOptions,
  type StorageAccessRequest,
  type StorageDecision,
  type StoredContext,
  type StoredFile,
} from '../../../src/http/index.js';
import { boot, keysOf, storages, type Harness } from '../harness.js';
import { forEachDirectPlace, SECRET, type DirectPlace } from './direct-places.js';

interface Begun {
  readonly url: string;
  readonly method: 'PUT' | 'POST';
  readonly headers: Record<string, string>;
  readonly fields?: Record<string, string>;
  readonly ticket: string;
  readonly expiresAt: string;
}
interface Answer {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
}

const HELLO = { name: 'Übung.txt', contentType: 'text/plain', size: 5 };

let server: Harness | undefined;
let told: [StoredFile, StoredContext][] = [];
let asked: StorageAccessRequest[] = [];
let decide: (access: StorageAccessRequest) => StorageDecision = () => true;
afterEach(async () => {
  await server?.close();
  server = undefined;
  told = [];
  asked = [];
  decide = ({ principal }) => ({ scope: `users/${String(principal)}` });
});

async function serve(place: DirectPlace, options: Partial<ServedStorageOptions> = {}): Promise<Harness> {
  decide = ({ principal }) => ({ scope: `users/${String(principal)}` });
  const { backend, destroy } = await place.open(() => server?.url ?? '');
  server = await boot(
    [
      storages({ documents: backend }),
      StorageHttpModule.forRoot({
        storages: {
          documents: {
            operations: ['direct', 'get', 'list'],
            onStored: (file, context) => void told.push([file, context]),
            ...options,
          },
        },
        principal: ({ headers }) => headers['x-user'] ?? 'ann',
        authorize: (access) => {
          asked.push(access);
          return decide(access);
        },
        secret: SECRET,
      }),
    ],
    { destroy },
  );
  return server;
}

async function post(path: string, body: unknown, user = 'ann'): Promise<Answer> {
  const answer = await fetch(`${server?.url}/api/documents/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-user': user },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: answer.status, json: (await answer.json()) as Answer['json'] };
}
async function begin(body: object = HELLO, user?: string): Promise<Begun> {
  const { status, json } = await post('direct', body, user);
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(json)}`);
  return json as unknown as Begun;
}
const confirm = (ticket: unknown, more: object = {}, user?: string): Promise<Answer> =>
  post('direct/confirm', { ticket, ...more }, user);

/** Sends the request that a client was told to send, with other headers or another body where a test says it. */
async function send(
  { url, method, headers, fields }: Begun,
  content: string | Uint8Array = 'hello',
  other: Record<string, string> = {},
): Promise<{ status: number; etag: string | undefined }> {
  if (method === 'POST') {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields ?? {})) form.append(name, other[name] ?? value);
    form.append('file', new Blob([content]), 'x');
    const { status, headers: answered } = await fetch(url, { method, body: form });
    return { status, etag: answered.get('etag') ?? undefined };
  }
  const body = Buffer.from(content);
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      url,
      { method, headers: { ...headers, 'content-length': String(body.length), ...other } },
      (answer) => {
        answer.resume().once('end', () => {
          resolve({ status: answer.statusCode ?? 0, etag: answer.headers.etag });
        });
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

const keys = (): Promise<string[]> => (server ? keysOf(server.storage) : Promise.resolve([]));
const refusals = ({ status, json }: Answer): unknown[] => [status, json.code];

forEachDirectPlace((place) => {
  it('brings a file past the server, to its key', async () => {
    const { storage } = await serve(place, { types: ['text/plain'] });
    const begun = await begin();
    expect(begun).toMatchObject({
      method: 'PUT',
      headers: { 'content-type': 'text/plain', 'content-length': '5' },
    });
    expect(new URL(begun.url).pathname).toMatch(/pending\/direct\/[\w-]{36}$/);
    const { status, etag } = await send(begun);
    expect(status).toBe(200);
    expect((await keys()).filter((key) => !key.startsWith('pending/direct/'))).toEqual([]);
    const answer = await confirm(begun.ticket, { etag });
    expect(answer.status).toBe(201);
    const { key, url } = answer.json as { key: string; url: string };
    expect(answer.json).toMatchObject({ size: 5, contentType: 'text/plain', name: 'Übung.txt' });
    expect(key).toMatch(/^\d{4}\/\d\d\/[\w-]{36}\.txt$/);
    expect(await keys()).toEqual([`users/ann/${key}`]);
    expect(url).toBe(`/api/documents/objects/${key}`);
    const got = await fetch(`${server?.url}${url}`);
    expect([await got.text(), got.headers.get('content-type')]).toEqual(['hello', 'text/plain']);
    expect(got.headers.get('content-disposition')).toContain("UTF-8''%C3%9Cbung.txt");
    const info = await storage.head(`users/ann/${key}`);
    expect(told).toEqual([
      [
        expect.objectContaining({ key, etag: info.etag }),
        expect.objectContaining({ via: 'direct', principal: 'ann' }),
      ],
    ]);
    expect(asked.map(({ operation, key: one, file }) => [operation, one, file]).slice(0, 2)).toEqual([
      ['direct', undefined, HELLO],
      ['direct', key, HELLO],
    ]);
  });

  it('is asked for a form, and gives one where the storage has them', async () => {
    await serve(place, { types: ['text/plain'] });
    const begun = await begin({ ...HELLO, form: true });
    expect(begun.method).toBe(place.hasForms ? 'POST' : 'PUT');
    if (place.hasForms) {
      for (const [content, other] of [
        ['hello!', {}],
        ['hell', {}],
        ['hello', { 'Content-Type': 'text/html' }],
        ['hello', { key: 'users/ann/mine.txt' }],
      ] as const)
        expect((await send(begun, content, other)).status).toBeGreaterThanOrEqual(400);
      expect(await keys()).toEqual([]);
    }
    expect((await send(begun)).status).toBeLessThan(300);
    expect((await confirm(begun.ticket)).status).toBe(201);
  });

  it('lets the storage enforce what was declared', async () => {
    await serve(place);
    const sha256 = createHash('sha256').update('hello').digest('base64');
    const begun = await begin({ ...HELLO, checksum: { algorithm: 'sha256', value: sha256 } });
    for (const [content, other] of [
      ['hello!', {}],
      ['hell', {}],
      ['hello', { 'content-type': 'text/html' }],
    ] as const)
      expect([400, 403]).toContain((await send(begun, content, other)).status);
    if (place.checks) expect((await send(begun, 'hullo')).status).toBe(400);
    expect(await keys()).toEqual([]);
    expect((await send(begun)).status).toBe(200);
    expect((await confirm(begun.ticket)).status).toBe(201);
  });

  it('refuses what the storage let through, and leaves nothing of it', async () => {
    const maxSize = 100;
    const { storage } = await serve(place, { types: ['text/plain', 'image/png'], maxSize });
    const pendingOf = async (begun: Begun, content: string): Promise<void> => {
      const id = /pending\/direct\/[\w-]{36}/.exec(begun.url)?.[0] ?? '';
      await storage.put(id, content, { contentType: 'text/plain' });
    };
    const checksum = crc32Checksum(crc32('hello'));
    for (const [declared, content, refusal] of [
      [HELLO, 'hello!', [400, 'INVALID_ARGUMENT']],
      [HELLO, 'x'.repeat(101), [413, 'TOO_LARGE']],
      [HELLO, '<svg>', [415, 'TYPE_REFUSED']],
      [{ ...HELLO, name: 'a.png', contentType: 'image/png' }, 'hello', [415, 'TYPE_REFUSED']],
      // It is read where the storage was not made to look at it.
      ...(place.checks ? [] : [[{ ...HELLO, checksum }, 'hullo', [400, 'INTEGRITY']] as const]),
    ] as const) {
      const begun = await begin(declared);
      await pendingOf(begun, content);
      expect([content, ...refusals(await confirm(begun.ticket))]).toEqual([content, ...refusal]);
      expect([content, await keys()]).toEqual([content, []]);
      expect(refusals(await confirm(begun.ticket))).toEqual([404, 'NOT_FOUND']);
    }
    expect(told).toEqual([]);
  });

  it('gives nothing out for what the rules refuse', async () => {
    await serve(place, { types: ['text/plain'], maxSize: 5 });
    for (const [body, refusal] of [
      [{ ...HELLO, size: 6 }, [413, 'TOO_LARGE']],
      [{ ...HELLO, contentType: 'image/png' }, [415, 'TYPE_REFUSED']],
      [{ ...HELLO, contentType: 'text' }, [400, 'INVALID_ARGUMENT']],
      [{ ...HELLO, size: -1 }, [400, 'INVALID_ARGUMENT']],
      [{ ...HELLO, size: '5' }, [400, 'INVALID_ARGUMENT']],
      [{ ...HELLO, name: 5 }, [400, 'INVALID_ARGUMENT']],
      [{ ...HELLO, form: 'yes' }, [400, 'INVALID_ARGUMENT']],
      [{ ...HELLO, checksum: { algorithm: 'crc32', value: 'x' } }, [400, 'INVALID_ARGUMENT']],
      [{ ...HELLO, key: 'mine' }, [400, 'INVALID_ARGUMENT']],
      [{}, [400, 'INVALID_ARGUMENT']],
      [[], [400, 'INVALID_ARGUMENT']],
    ] as const)
      expect([body, ...refusals(await post('direct', body))]).toEqual([body, ...refusal]);
    const { json } = await post('direct', { ...HELLO, size: '5' });
    expect(json.detail).toBe('The member size takes a whole number of bytes');
    expect(asked.map(({ file }) => file)).toHaveLength(3);
  });

  it('has a key of the application where a copy does not replace, and else is not begun', async () => {
    await serve(place, { key: ({ name = '' }) => `own/${name}` });
    const begun = await post('direct', HELLO);
    if (place.name === 'versitygw' || place.name === 'ceph-rgw') {
      expect(refusals(begun)).toEqual([501, 'UNSUPPORTED']);
    } else {
      expect(begun.status).toBe(200);
      await send(begun.json as unknown as Begun);
      expect((await confirm((begun.json as unknown as Begun).ticket)).status).toBe(201);
      expect(await keys()).toEqual([expect.stringMatching(/own\/Übung\.txt$/)]);
    }
  });

  it('is confirmed once, one after the other and at the same time', async () => {
    await serve(place);
    const begun = await begin();
    expect(refusals(await confirm(begun.ticket))).toEqual([404, 'NOT_FOUND']);
    await send(begun);
    const all = await Promise.all(Array.from({ length: 8 }, () => confirm(begun.ticket)));
    expect(all.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const { status } of all) expect([201, 404, 409]).toContain(status);
    expect(refusals(await confirm(begun.ticket))).toEqual([404, 'NOT_FOUND']);
    expect([told.length, (await keys()).length]).toEqual([1, 1]);
    // The URL is valid still: what comes by it is never admitted, but by a ticket that is used up with its object.
    expect((await send(begun, 'again')).status).toBe(200);
    expect((await keys()).filter((key) => key.startsWith('users/'))).toHaveLength(1);
  });

  it('is of no use to another principal, another scope or another storage', async () => {
    await serve(place);
    const begun = await begin();
    await send(begun);
    for (const [who, work] of [
      ['another principal', () => confirm(begun.ticket, {}, 'bob')],
      [
        'another principal of the same scope',
        () => ((decide = () => ({ scope: 'users/ann' })), confirm(begun.ticket, {}, 'bob')),
      ],
      ['another scope', () => ((decide = () => ({ scope: 'users/ann2' })), confirm(begun.ticket))],
      ['no scope', () => ((decide = () => true), confirm(begun.ticket))],
      ['who may not any more', () => ((decide = () => false), confirm(begun.ticket))],
      ['a forged one', () => confirm(`${begun.ticket}A`)],
      ['a changed one', () => confirm(begun.ticket.replace(/^./, (one) => (one === 'A' ? 'B' : 'A')))],
    ] as const)
      expect([who, (await work()).status]).toEqual([who, 403]);
    for (const ticket of [undefined, 5, { a: 1 }]) expect((await confirm(ticket)).status).toBe(400);
    expect(told).toEqual([]);
    decide = () => ({ scope: 'users/ann/' });
    expect((await confirm(begun.ticket)).status).toBe(201);
  });

  it('is not what its client has sent when somebody sent something else', async () => {
    await serve(place);
    const begun = await begin();
    const { etag } = await send(begun);
    await send(begun, 'hullo');
    expect(refusals(await confirm(begun.ticket, { etag }))).toEqual([409, 'CONFLICT']);
    expect(await keys()).toHaveLength(1);
    await send(begun);
    expect((await confirm(begun.ticket)).status).toBe(201);
  });

  it('leaves nothing of what a scanner finds, or the application refuses', async () => {
    const scanner = {
      scan: async (content: NodeJS.ReadableStream) => (
        content.resume(),
        await new Promise((end) => content.once('end', end)),
        { infected: 'Test' }
      ),
    };
    await serve(place, { scanner });
    const begun = await begin();
    await send(begun);
    expect(refusals(await confirm(begun.ticket))).toEqual([422, 'CONTENT_REFUSED']);
    expect([await keys(), told]).toEqual([[], []]);
    await server?.close();
    await serve(place, {
      onStored: () => {
        throw new Error('no row');
      },
    });
    const refused = await begin();
    await send(refused);
    expect((await confirm(refused.ticket)).status).toBe(500);
    expect(await keys()).toEqual([]);
  });
});
