import { afterEach, describe, expect, it } from '@jest/globals';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { withLayers } from '../../src/core/layered-backend.js';
import { StorageError } from '../../src/core/error.js';
import type { Layer } from '../../src/core/layer.js';
import { MultipartUploads } from '../../src/core/multipart-uploads.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { StorageLocker } from '../../src/tus/lock/storage-locker.js';
import type { HttpRequest } from '../../src/http/index.js';
import { keysOf, type Harness } from '../http/harness.js';
import { MIB } from '../support/bodies.js';
import { within } from '../support/within.js';
import { serveTus, type ServeTusOptions } from './support/serve-tus.js';
import { create, metadataOf, offsetOf, patch, tusRequest } from './support/tus-request.js';

const PART = 8 * MIB;
const never = new AbortController().signal;
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==',
  'base64',
);

describe('The lock of an upload that several requests wait for', () => {
  it('goes to one of them', async () => {
    const locker = new StorageLocker(new StorageService('files', new MemoryBackend()), 'pending/tus/');
    const first = locker.newLock('a');
    await first.lock(never, () => undefined);
    let holders = 0;
    const held: number[] = [];
    const waiting = Array.from({ length: 5 }, async () => {
      const lock = locker.newLock('a');
      await lock.lock(never, () => undefined);
      held.push(++holders);
      await new Promise((resolve) => setTimeout(resolve, 20));
      holders--;
      await lock.unlock();
    });
    await first.unlock();
    await within(Promise.all(waiting), 'all of them', 10_000);
    expect(held).toEqual([1, 1, 1, 1, 1]);
  });
});

describe('A tus upload', () => {
  let harness: Harness | undefined;
  afterEach(() => harness?.close());

  it('is not locked by somebody whose it is not', async () => {
    const locked: string[] = [];
    const locker = {
      newLock: (id: string) => ({
        lock: (): Promise<void> => (locked.push(id), Promise.resolve()),
        unlock: () => Promise.resolve(),
      }),
    };
    const principal = ({ headers }: HttpRequest): unknown => headers['x-user'];
    harness = await serveTus({ tus: { locker }, http: { principal } });
    const url = await create(`${harness.url}/api/documents/tus`, 3, { 'X-User': 'ann' });
    const bob = { 'X-User': 'bob' };
    const answers = [
      await tusRequest('HEAD', url, { headers: bob }),
      await patch(url, 0, Buffer.from('abc'), { headers: bob }),
      await tusRequest('DELETE', url, { headers: bob }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect(locked).toEqual([]);
    expect(await offsetOf(url, { 'X-User': 'ann' })).toBe(0);
    expect(locked).toHaveLength(1);
  });

  it('is taken behind several proxies', async () => {
    harness = await serveTus();
    const url = await create(`${harness.url}/api/documents/tus`, 3, { 'X-Forwarded-Proto': 'https, http' });
    expect(
      (await patch(url, 0, Buffer.from('abc'), { headers: { 'X-Forwarded-Proto': 'https, http' } })).status,
    ).toBe(204);
  });
});

describe('A client that sends other bytes when the storage has failed', () => {
  let harness: Harness | undefined;
  afterEach(() => harness?.close());

  /** Fails once at `name`, of a key that is not pending. */
  const serve = async (name: string): Promise<{ harness: Harness; options: ServeTusOptions }> => {
    let left = 1;
    const failing: Layer = (operation, next) =>
      operation.name === name && !operation.key.startsWith('pending/') && left-- > 0
        ? Promise.reject(new StorageError('UNAVAILABLE', 'No room'))
        : next(operation);
    const options = {
      backend: withLayers(new MemoryBackend(), 'documents', [failing]),
      rules: { types: ['image/png'] },
    };
    harness = await serveTus(options);
    return { harness, options };
  };
  const script = (size: number): Buffer => Buffer.from('<script>'.padEnd(size, ' '));

  it.each([
    ['put', PNG.byteLength, PNG.byteLength],
    ['MultipartUploads.putPart', PART + 10, PART + 10],
    ['MultipartUploads.putPart', PART + 10, PART],
    ['MultipartUploads.begin', PART + 10, PART],
  ])('has its content judged again after a failed %s (%d bytes, %d at once)', async (name, size, sent) => {
    const { harness } = await serve(name);
    const { storage, url: base } = harness;
    const metadata = metadataOf({ filename: 'a.png', filetype: 'image/png' });
    const url = await create(`${base}/api/documents/tus`, size, { 'Upload-Metadata': metadata });
    const image = Buffer.concat([PNG, Buffer.alloc(size - PNG.byteLength)]);
    expect((await patch(url, 0, image.subarray(0, sent))).status).toBe(503);
    const other = script(size);
    expect((await patch(url, 0, other.subarray(0, sent))).status).toBe(415);
    expect(await keysOf(storage)).toEqual([]);
    expect((await storage.as(MultipartUploads).list()).uploads).toEqual([]);
  });
});
