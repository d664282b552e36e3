import { afterEach, describe, expect, it } from '@jest/globals';
import type { Layer } from '../../src/core/layer.js';
import { withLayers } from '../../src/core/layered-backend.js';
import { LeaseFile } from '../../src/http/pending/lock/lease-file.js';
import { Lease } from '../../src/http/pending/lock/lease.js';
import { StorageLocker } from '../../src/tus/lock/storage-locker.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { keysOf, type Harness } from '../http/harness.js';
import { forEachPlace } from '../http/support/places.js';
import { bytesOf, MIB } from '../support/bodies.js';
import { until } from '../support/until.js';
import { sleep, within } from '../support/within.js';
import { serveTus } from './support/serve-tus.js';
import { tusClient } from './support/tus-client.js';
import { create, offsetOf, patch } from './support/tus-request.js';

const PART = 8 * MIB;

forEachPlace(
  (place) => {
    describe('two instances of a server', () => {
      let instances: Harness[] = [];
      afterEach(async () => {
        for (const instance of instances) await instance.close();
        instances = [];
      });

      it('go on with the uploads of each other', async () => {
        const { backend, destroy } = await place.open();
        instances = [await serveTus({ backend }), await serveTus({ backend, destroy })];
        const [one, two] = instances.map(({ url }) => `${url}/api/documents/tus`);
        const content = bytesOf(3 * PART + 17);
        let url = await create(one ?? '', content.byteLength);
        const cuts = [PART - 1, PART + 1, 2 * PART + 5, content.byteLength];
        let last: Awaited<ReturnType<typeof patch>> | undefined;
        let from = 0;
        for (const [turn, to] of cuts.entries()) {
          last = await patch(url, from, content.subarray(from, to));
          expect(last.status).toBe(204);
          from = to;
          url = url.replace((turn % 2 === 0 ? one : two) ?? '', (turn % 2 === 0 ? two : one) ?? '');
        }
        const { storage } = instances[0] as Harness;
        const key = decodeURIComponent(last?.headers['stowage-key'] ?? '');
        expect((await storage.bytes(key)).equals(content)).toBe(true);
      }, 60_000);

      it('take an upload over from a request that stands still elsewhere', async () => {
        const { backend, destroy } = await place.open();
        instances = [await serveTus({ backend }), await serveTus({ backend, destroy })];
        const [one = '', two = ''] = instances.map(({ url }) => `${url}/api/documents/tus`);
        const content = bytesOf(2 * PART);
        const url = await create(one, content.byteLength);
        // The client of the first one has gone to sleep: its connection is open, and nothing comes.
        const sleeping = fetch(url, {
          method: 'PATCH',
          headers: {
            'Tus-Resumable': '1.0.0',
            'Content-Type': 'application/offset+octet-stream',
            'Upload-Offset': '0',
          },
          duplex: 'half',
          body: new ReadableStream({ start: (controller) => controller.enqueue(content.subarray(0, 1000)) }),
        });
        const { storage } = instances[0] as Harness;
        await until(async () => (await keysOf(storage)).some((key) => key.endsWith('/lock')));
        const { upload, done } = tusClient(two, content, { uploadUrl: url.replace(one, two) });
        upload.start();
        const key = decodeURIComponent(
          (await within(done, 'the upload', 40_000)).header('Stowage-Key') ?? '',
        );
        expect((await storage.bytes(key)).equals(content)).toBe(true);
        expect((await sleeping).headers.get('upload-offset')).toBe('1000');
        expect((await keysOf(storage)).filter((one) => one.endsWith('/lock'))).toEqual([]);
      }, 60_000);

      it('finish an upload once, also when both are sent its last bytes', async () => {
        const { backend, destroy } = await place.open();
        instances = [await serveTus({ backend }), await serveTus({ backend, destroy })];
        const [one = '', two = ''] = instances.map(({ url }) => `${url}/api/documents/tus`);
        const content = bytesOf(PART + 100);
        const url = await create(one, content.byteLength);
        await patch(url, 0, content.subarray(0, PART));
        const answers = await Promise.all(
          [url, url.replace(one, two)].map((at) => patch(at, PART, content.subarray(PART))),
        );
        expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
        expect(await offsetOf(url)).toBe(content.byteLength);
        const { storage } = instances[0] as Harness;
        expect((await keysOf(storage)).filter((key) => !key.startsWith('pending/'))).toHaveLength(1);
      }, 60_000);
    });
  },
  ['express'],
  // VersityGW looks and then writes, so that two may have one lock.
  ['memory', 'local', 'minio'],
);

describe('The lock of an upload', () => {
  const root = 'pending/tus/';
  const never = new AbortController().signal;

  it('is free when it was not renewed for the time of a lease, by the clock of who waits', async () => {
    const storage = new StorageService('files', new MemoryBackend());
    await storage.put(`${root}a/lock`, JSON.stringify({ owner: 'elsewhere', token: 'x', wanted: false }));
    const locker = new StorageLocker(storage, root, { leaseMs: 400, waitMs: 5_000 });
    const lock = locker.newLock('a');
    const began = performance.now();
    await lock.lock(never, () => undefined);
    expect(performance.now() - began).toBeGreaterThanOrEqual(400);
    await lock.unlock();
    expect(await storage.exists(`${root}a/lock`)).toBe(false);
  });

  it('is not free while it is renewed, and its holder learns that it is wanted', async () => {
    const storage = new StorageService('files', new MemoryBackend());
    const [one, two] = [1, 2].map(() => new StorageLocker(storage, root, { leaseMs: 3_000, waitMs: 5_000 }));
    const held = one?.newLock('a');
    let asked = 0;
    await held?.lock(never, () => void asked++);
    await expect(two?.newLock('a').lock(never, () => undefined)).rejects.toMatchObject({ status_code: 423 });
    expect(asked).toBeGreaterThan(0);
    await held?.unlock();
    await two?.newLock('a').lock(never, () => undefined);
  });

  it('is not asked for by a sweep', async () => {
    const storage = new StorageService('files', new MemoryBackend());
    const [one, two] = [1, 2].map(() => new StorageLocker(storage, root, { leaseMs: 3_000 }));
    const held = one?.newLock('a');
    let asked = 0;
    await held?.lock(never, () => void asked++);
    expect(await one?.newLock('a').tryLock?.()).toBe(false);
    expect(await two?.newLock('a').tryLock?.()).toBe(false);
    expect(asked).toBe(0);
    await held?.unlock();
    expect(await two?.newLock('a').tryLock?.()).toBe(true);
  });

  it('tells its holder when it was taken away', async () => {
    const storage = new StorageService('files', new MemoryBackend());
    const file = new LeaseFile(storage, 'lock');
    let told = 0;
    const lease = await Lease.take(file, 'me', { leaseMs: 200 }, never, () => void told++);
    await storage.put('lock', JSON.stringify({ owner: 'other', token: 'y', wanted: false }));
    await until(() => told > 0);
    await lease.release();
    await sleep(50);
    expect((await file.read())?.token).toBe('y');
  });

  it('tells its holder before others may have it, also when the storage does not answer', async () => {
    let answers = true;
    const silent: Layer = (operation, next) =>
      answers ? next(operation) : sleep(5_000).then(() => next(operation));
    const file = new LeaseFile(
      new StorageService('files', withLayers(new MemoryBackend(), 'files', [silent])),
      'lock',
    );
    let toldAt = 0;
    const leaseMs = 3_000;
    const lease = await Lease.take(file, 'me', { leaseMs }, never, () => (toldAt = performance.now()));
    await sleep(500);
    expect(toldAt).toBe(0);
    answers = false;
    // The last renewal that was answered began before this moment.
    const silentSince = performance.now();
    await until(() => toldAt > 0);
    expect(toldAt - silentSince).toBeLessThan(leaseMs);
    answers = true;
    await lease.release();
  });

  it('is not told to end when it was only its own renewal whose answer was lost', async () => {
    const storage = new StorageService('files', new MemoryBackend());
    const file = new LeaseFile(storage, 'lock');
    let told = 0;
    const lease = await Lease.take(file, 'me', { leaseMs: 3_000 }, never, () => void told++);
    const kept = await file.read();
    if (kept) await file.replace(kept.etag, kept);
    await sleep(4_500);
    expect(told).toBe(0);
    await lease.release();
    expect(await file.read()).toBeUndefined();
  });
});
