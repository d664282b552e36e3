import { afterEach, expect, it } from '@jest/globals';
import {
  StorageHttpModule,
  type ServedStorageOptions,
  type StorageAccessRequest,
  type StoredContext,
  type StoredFile,
} from '../../../src/http/index.js';
import { boot, keysOf, storages, type Harness } from '../harness.js';
import { forEachDirectPlace, SECRET, type DirectPlace } from '../direct/direct-places.js';

interface Form {
  readonly method: string;
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}
interface Answer {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
}

const MAX = 1000;
const TICKET = 'x-amz-meta-upload-ticket';

let server: Harness | undefined;
let told: [StoredFile, StoredContext][] = [];
let asked: StorageAccessRequest[] = [];
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function serve(place: DirectPlace, options: Partial<ServedStorageOptions> = {}): Promise<Harness> {
  [told, asked] = [[], []];
  const { backend, destroy } = await place.open(() => server?.url ?? '');
  const documents: ServedStorageOptions = {
    ...{ operations: ['direct', 'get'], types: ['text/plain', 'application/octet-stream'], maxSize: MAX },
    onStored: (file, context) => void told.push([file, context]),
    ...options,
  };
  server = await boot(
    [
      storages({ documents: backend }),
      StorageHttpModule.forRoot({
        storages: { documents },
        principal: ({ headers }) => /user=(\w+)/.exec(headers.cookie ?? '')?.[1],
        authorize: (access) => {
          asked.push(access);
          return typeof access.principal === 'string' && { scope: `users/${access.principal}` };
        },
        secret: SECRET,
      }),
    ],
    { destroy },
  );
  return server;
}

const cookie = (user: string) => ({ cookie: user === '' ? 'other=x' : `user=${user}` });
async function answered(response: Response): Promise<Answer> {
  return { status: response.status, json: (await response.json()) as Answer['json'] };
}
async function ask(query: Record<string, string>, user = 'ann'): Promise<Answer> {
  const at = `${server?.url}/api/documents/direct/s3/params?${new URLSearchParams(query).toString()}`;
  return answered(await fetch(at, { headers: cookie(user) }));
}
async function begin(more: Record<string, string> = {}, user?: string): Promise<Form> {
  const { status, json } = await ask({ filename: 'Übung.txt', type: 'text/plain', ...more }, user);
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(json)}`);
  return json as unknown as Form;
}
async function send(
  { url, fields }: Form,
  content: string,
  other: Record<string, string> = {},
): Promise<{ readonly status: number; readonly etag: string | undefined }> {
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...fields, ...other })) form.set(name, value);
  form.set('file', new Blob([content], { type: 'text/plain' }), 'blob');
  const response = await fetch(url, { method: 'POST', body: form });
  await response.arrayBuffer();
  // Ceph RGW tells none.
  return { status: response.status, etag: response.headers.get('etag') ?? undefined };
}
async function confirm(body: object, user = 'ann'): Promise<Answer> {
  const response = await fetch(`${server?.url}/api/documents/direct/confirm`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...cookie(user) },
    body: JSON.stringify(body),
  });
  return answered(response);
}
const confirmForm = ({ fields }: Form, user?: string) => confirm({ key: fields.key }, user);
const refusals = ({ status, json }: Answer): unknown[] => [status, json.code];
const isTaken = (status: number) => status === 200 || status === 201 || status === 204;
const keys = (): Promise<string[]> => (server ? keysOf(server.storage) : Promise.resolve([]));

forEachDirectPlace((place) => {
  it('brings a whole file in a form, to be confirmed by its key', async () => {
    const { storage } = await serve(place);
    const form = await begin({ 'metadata[name]': 'x', 'metadata[upload-ticket]': 'x' });
    expect([form.method, new URL(form.url).protocol]).toEqual(['POST', 'http:']);
    expect(form.fields.key).toMatch(/^pending\/direct\/[\w-]{36}$/);
    const { status, etag } = await send(form, 'hello');
    expect(isTaken(status)).toBe(true);
    expect(await keys()).toEqual([form.fields.key]);
    expect(told).toEqual([]);
    const { json, status: done } = await confirm({ key: form.fields.key, etag });
    expect([done, json]).toMatchObject([201, { size: 5, contentType: 'text/plain', name: 'Übung.txt' }]);
    expect(await keys()).toEqual([`users/ann/${String(json.key)}`]);
    const { info, body } = await storage.get(`users/ann/${String(json.key)}`);
    // Nobody who reads the object reads the ticket.
    expect(info.metadata ?? {}).not.toHaveProperty('upload-ticket');
    expect(Buffer.concat(await body.toArray()).toString()).toBe('hello');
    expect(told).toMatchObject([[{ key: json.key }, { principal: 'ann', via: 'direct' }]]);
    expect(asked.map(({ operation, file }) => [operation, file?.name])).toEqual([
      ['direct', 'Übung.txt'],
      ['direct', 'Übung.txt'],
    ]);
    expect(asked[1]?.key).toBe(json.key);
  });

  it('brings an empty file', async () => {
    await serve(place);
    const form = await begin();
    expect(isTaken((await send(form, '')).status)).toBe(true);
    expect(await confirmForm(form)).toMatchObject({ status: 201, json: { size: 0, name: 'Übung.txt' } });
    expect(await keys()).toHaveLength(1);
  });

  it('is confirmed once, by its owner alone, and not before it is sent', async () => {
    await serve(place);
    const form = await begin();
    expect(refusals(await confirmForm(form))).toEqual([404, 'NOT_FOUND']);
    await send(form, 'hello');
    expect(refusals(await confirmForm(form, 'bob'))).toEqual([403, 'PERMISSION_DENIED']);
    expect(refusals(await confirmForm(form, ''))).toEqual([403, 'FORBIDDEN']);
    const both = await Promise.all([confirmForm(form), confirmForm(form)]);
    expect(both.map(({ status }) => status).filter((status) => status === 201)).toHaveLength(1);
    expect(refusals(await confirmForm(form))).toEqual([404, 'NOT_FOUND']);
    // The URL may be valid still: what it brings is removed, and replaces nothing.
    const again = await send(form, 'other');
    expect(isTaken(again.status)).toBe(true);
    expect([404, 409]).toContain((await confirmForm(form)).status);
    expect(told).toHaveLength(1);
    const [key = ''] = (await keys()).filter((one) => one.startsWith('users/'));
    expect((await server?.storage.bytes(key))?.toString()).toBe('hello');
  });

  it('is bound to what the client has sent, when it says that', async () => {
    const { storage } = await serve(place);
    const form = await begin();
    await send(form, 'hello');
    const { etag } = await storage.head(form.fields.key ?? '');
    await send(form, 'other');
    expect(refusals(await confirm({ key: form.fields.key, etag }))).toEqual([409, 'CONFLICT']);
    expect(told).toEqual([]);
  });

  it('takes no more than is allowed, and nothing of another kind', async () => {
    await serve(place);
    const large = await begin();
    expect((await send(large, 'x'.repeat(MAX + 1))).status).toBeGreaterThanOrEqual(400);
    expect(refusals(await confirmForm(large))).toEqual([404, 'NOT_FOUND']);
    const html = await begin();
    expect(isTaken((await send(html, '<!doctype html><script>1</script>')).status)).toBe(true);
    expect(refusals(await confirmForm(html))).toEqual([415, 'TYPE_REFUSED']);
    expect(await keys()).toEqual([]);
    expect(refusals(await ask({ filename: 'a.png', type: 'image/png' }))).toEqual([415, 'TYPE_REFUSED']);
    expect(refusals(await ask({ type: 'text/plain' }))).toEqual([400, 'INVALID_ARGUMENT']);
    expect(refusals(await ask({ filename: 'a.txt' }, ''))).toEqual([403, 'FORBIDDEN']);
    expect(told).toEqual([]);
  });

  it('has a place and a type that its client cannot change', async () => {
    await serve(place);
    const form = await begin();
    const other = await begin();
    for (const changed of [
      { key: 'users/ann/free.txt' },
      { key: other.fields.key ?? '' },
      { 'Content-Type': 'text/html' },
      { [TICKET]: other.fields[TICKET] ?? 'x' },
      { [TICKET]: 'x' },
    ]) {
      const { status } = await send(form, 'hello', changed);
      // A form for local disk is held to what its URL says, whatever its fields are.
      if (place.hasForms) expect(status).toBeGreaterThanOrEqual(400);
      else expect(isTaken(status)).toBe(true);
    }
    expect(await keys()).toEqual(place.hasForms ? [] : [form.fields.key]);
    if (place.hasForms) return;
    const done = await confirmForm(form);
    expect([done.status, done.json.contentType]).toEqual([201, 'text/plain']);
  });

  it('is not confirmed by a ticket that somebody wrote into its object', async () => {
    const { storage } = await serve(place);
    const [mine, bobs] = [await begin(), await begin({}, 'bob')];
    await send(mine, 'hello');
    await send(bobs, 'secret');
    const ticketOf = async ({ fields }: Form) =>
      (await storage.head(fields.key ?? '')).metadata?.['upload-ticket'] ?? '';
    const [ann, bob] = [await ticketOf(mine), await ticketOf(bobs)];
    expect(ann).toMatch(/^[\w-]+\.[\w-]{43}$/);
    const at = 'pending/direct/3f0e8d2c-1111-4222-8333-444455556666';
    const put = (key: string, ticket?: string) =>
      storage.put(key, 'evil', {
        contentType: 'text/plain',
        ...(ticket !== undefined && { metadata: { 'upload-ticket': ticket } }),
      });
    // That of another upload, also of one's own; a forged one; none.
    for (const ticket of [ann, bob, `${ann.slice(0, -2)}xx`, 'x', 'e30.' + 'A'.repeat(43), undefined]) {
      await put(at, ticket);
      expect(refusals(await confirm({ key: at }))).toEqual([403, 'PERMISSION_DENIED']);
      expect(refusals(await confirm({ key: at }, 'bob'))).toEqual([403, 'PERMISSION_DENIED']);
    }
    // Whose ticket it is decides, not who wrote it there.
    await put(mine.fields.key ?? '', bob);
    for (const user of ['ann', 'bob'])
      expect(refusals(await confirmForm(mine, user))).toEqual([403, 'PERMISSION_DENIED']);
    expect(told).toEqual([]);
    expect((await confirmForm(bobs, 'bob')).status).toBe(201);
  });

  it('is confirmed by the key of a form and no other', async () => {
    const { storage } = await serve(place);
    await storage.put('users/ann/own.txt', 'x');
    const { fields } = await begin();
    for (const key of [
      ...['', 'users/ann/own.txt', 'own.txt', 'pending/direct/', 'pending/direct/x', 'pending/held/x'],
      ...[`${fields.key}/x`, `${fields.key} `, `/${fields.key}`, `pending/direct/../${fields.key}`],
      ...[(fields.key ?? '').toUpperCase(), (fields.key ?? '').replace('direct', 'tus'), 'x'.repeat(5_000)],
    ])
      expect(refusals(await confirm({ key }))).toEqual([400, 'INVALID_ARGUMENT']);
    for (const body of [{ key: 1 }, { key: null }, {}, { key: fields.key, ticket: 'x' }])
      expect(refusals(await confirm(body))).toEqual([400, 'INVALID_ARGUMENT']);
    expect(asked.filter(({ key }) => key !== undefined)).toEqual([]);
  });
});
