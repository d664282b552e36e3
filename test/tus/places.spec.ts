import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MultipartUploads } from '../../src/core/multipart-uploads.js';
import type { StorageService } from '../../src/storage/storage.service.js';
import { TusSweeper } from '../../src/tus/index.js';
import { keysOf, type Harness } from '../http/harness.js';
import { forEachPlace } from '../http/support/places.js';
import { bytesOf, MIB } from '../support/bodies.js';
import { serveTus } from './support/serve-tus.js';
import { tusClient, uploadAll, type ClientResult } from './support/tus-client.js';
import { create, offsetOf, patch, tusRequest } from './support/tus-request.js';
import { until } from '../support/until.js';

const PART = 8 * MIB;
const metadata = { filename: 'a.bin', filetype: 'application/octet-stream' };

const keyOf = ({ header }: ClientResult): string => decodeURIComponent(header('Stowage-Key') ?? '');
const pendingOf = async (storage: StorageService): Promise<string[]> =>
  (await keysOf(storage)).filter((key) => key.startsWith('pending/'));
const storedOf = async (storage: StorageService): Promise<string[]> =>
  (await keysOf(storage)).filter((key) => !key.startsWith('pending/'));

forEachPlace(
  (place) => {
    describe('tus', () => {
      let harness: Harness;
      let endpoint: string;
      let storage: StorageService;
      beforeEach(async () => {
        harness = await serveTus(await place.open());
        endpoint = `${harness.url}/api/documents/tus`;
        storage = harness.storage;
      });
      afterEach(() => harness.close());

      it.each([0, 1, PART - 1, PART, PART + 1, 2 * PART + 5])('uploads %d bytes at once', async (size) => {
        const content = bytesOf(size);
        const key = keyOf(await uploadAll(endpoint, content, { metadata }));
        expect((await storage.bytes(key)).equals(content)).toBe(true);
        expect(await storedOf(storage)).toEqual([key]);
        expect(await pendingOf(storage)).toEqual([expect.stringMatching(/\/record$/)]);
      });

      it.each([5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 3 * MIB])(
        'goes on in chunks of %d bytes',
        async (chunkSize) => {
          const content = bytesOf(2 * PART + 12_345);
          const key = keyOf(await uploadAll(endpoint, content, { metadata, chunkSize }));
          expect((await storage.bytes(key)).equals(content)).toBe(true);
          expect(await pendingOf(storage)).toHaveLength(1);
        },
      );

      it('goes on byte by byte, and keeps few objects of that', async () => {
        const content = bytesOf(150);
        const url = await create(endpoint, 150);
        for (let at = 0; at < 149; at++)
          expect((await patch(url, at, content.subarray(at, at + 1))).status).toBe(204);
        expect((await pendingOf(storage)).length).toBeLessThan(70);
        expect(await offsetOf(url)).toBe(149);
        const last = await patch(url, 149, content.subarray(149));
        const key = decodeURIComponent(last.headers['stowage-key'] ?? '');
        expect((await storage.bytes(key)).equals(content)).toBe(true);
      }, 60_000);

      it('keeps what came of a connection that was lost, wherever that was', async () => {
        const content = bytesOf(2 * PART + 7 * MIB);
        const url = await create(endpoint, content.byteLength);
        let offset = 0;
        for (const cut of [1, 1000, 3 * MIB, PART, PART + 1, MIB]) {
          const before = offset;
          // A connection that is lost before anybody has looked at it brings nothing, on a machine that is busy.
          await until(async () => {
            await patch(url, before, content.subarray(before, before + cut), {
              promised: content.byteLength - before,
            });
            return (offset = await offsetOf(url)) > before;
          }, 15_000);
          expect(offset).toBeLessThanOrEqual(before + cut);
        }
        const last = await patch(url, offset, content.subarray(offset));
        expect(last.status).toBe(204);
        const key = decodeURIComponent(last.headers['stowage-key'] ?? '');
        expect((await storage.bytes(key)).equals(content)).toBe(true);
        expect(await pendingOf(storage)).toHaveLength(1);
      }, 60_000);

      it('takes a length that is said only later', async () => {
        const content = bytesOf(PART + 10);
        const url = await create(endpoint, 'deferred');
        expect((await patch(url, 0, content.subarray(0, PART))).headers['upload-offset']).toBe(String(PART));
        expect((await tusRequest('HEAD', url)).headers['upload-defer-length']).toBe('1');
        const more = await patch(url, PART, content.subarray(PART));
        expect(more.headers['upload-offset']).toBe(String(PART + 10));
        const last = await patch(url, PART + 10, Buffer.alloc(0), {
          headers: { 'Upload-Length': String(PART + 10) },
        });
        expect(last.status).toBe(204);
        const key = decodeURIComponent(last.headers['stowage-key'] ?? '');
        expect((await storage.bytes(key)).equals(content)).toBe(true);
      });

      it('takes bytes with the creation', async () => {
        const content = bytesOf(PART + 3);
        const key = keyOf(await uploadAll(endpoint, content, { metadata, uploadDataDuringCreation: true }));
        expect((await storage.bytes(key)).equals(content)).toBe(true);
      });

      it('answers another offset with 409, more than the length with 413, and stores nothing of either', async () => {
        const url = await create(endpoint, 10);
        await patch(url, 0, Buffer.from('12345'));
        const before = await keysOf(storage);
        expect((await patch(url, 4, Buffer.from('x'))).status).toBe(409);
        expect((await patch(url, 6, Buffer.from('x'))).status).toBe(409);
        expect((await patch(url, 5, Buffer.from('678901'))).status).toBe(413);
        expect(await keysOf(storage)).toEqual(before);
        expect(await offsetOf(url)).toBe(5);
        expect((await patch(url, 5, Buffer.from('67890'))).status).toBe(204);
      });

      it('terminates an upload, and leaves nothing of it', async () => {
        const url = await create(endpoint, 2 * PART);
        await patch(url, 0, bytesOf(PART + 10));
        expect((await tusRequest('DELETE', url)).status).toBe(204);
        expect((await tusRequest('HEAD', url)).status).toBe(404);
        expect(await keysOf(storage)).toEqual([]);
        expect((await storage.as(MultipartUploads).list()).uploads).toEqual([]);
      });

      it('has its client begin anew when an upload has expired, of which nothing stays', async () => {
        const content = bytesOf(PART + 10);
        const uploadUrl = await create(endpoint, content.byteLength);
        await patch(uploadUrl, 0, content.subarray(0, PART + 5));
        const [record = ''] = (await pendingOf(storage)).filter((key) => key.endsWith('/record'));
        const kept = await storage.json<{ createdMs: number }>(record);
        await storage.put(record, JSON.stringify({ ...kept, createdMs: kept.createdMs - 30 * 86_400_000 }));
        expect((await patch(uploadUrl, PART + 5, content.subarray(PART + 5))).status).toBe(410);
        const result = await uploadAll(endpoint, content, { uploadUrl });
        expect(result.url).not.toBe(uploadUrl);
        expect((await storage.bytes(keyOf(result))).equals(content)).toBe(true);
        const swept = await harness.app.get(TusSweeper, { strict: false }).sweep();
        expect(swept.map(({ outcome }) => outcome).sort()).toEqual(['removed', 'young']);
        expect((await tusRequest('HEAD', uploadUrl)).status).toBe(404);
        expect(await storedOf(storage)).toEqual([keyOf(result)]);
        expect((await storage.as(MultipartUploads).list()).uploads).toEqual([]);
      });

      it('finds the object of an upload whose last answer was lost', async () => {
        const url = await create(endpoint, 5);
        const last = await patch(url, 0, Buffer.from('12345'));
        const again = await tusRequest('HEAD', url);
        expect(again.headers).toMatchObject({
          'upload-offset': '5',
          'stowage-key': last.headers['stowage-key'],
          'stowage-location': `/api/documents/objects/${last.headers['stowage-key'] ?? ''}`,
        });
        expect((await patch(url, 0, Buffer.from('12345'))).status).toBe(409);
        expect((await tusRequest('DELETE', url)).status).toBe(400);
        expect(await storedOf(storage)).toHaveLength(1);
      });

      it('lets two clients send one upload, and stores each byte once', async () => {
        const content = bytesOf(3 * PART + 99);
        const uploadUrl = await create(endpoint, content.byteLength);
        const clients = [MIB, PART + 1].map((chunkSize) =>
          tusClient(endpoint, content, { uploadUrl, chunkSize }),
        );
        for (const { upload } of clients) upload.start();
        const results = await Promise.all(clients.map(({ done }) => done));
        const [key, other] = results.map(keyOf);
        expect(other).toBe(key);
        expect((await storage.bytes(key ?? '')).equals(content)).toBe(true);
        expect(await storedOf(storage)).toEqual([key]);
      }, 60_000);

      it('scans the whole before it has its key, and leaves nothing of what is infected', async () => {
        await harness.close();
        const seen: number[] = [];
        harness = await serveTus({
          ...(await place.open()),
          rules: {
            scanner: {
              async scan(source) {
                let [size, bad] = [0, false];
                for await (const chunk of source as AsyncIterable<Buffer>) {
                  size += chunk.byteLength;
                  bad ||= chunk.includes('EVIL');
                }
                seen.push(size);
                return bad ? { infected: 'Evil' } : 'clean';
              },
            },
          },
        });
        ({ storage } = harness);
        endpoint = `${harness.url}/api/documents/tus`;
        const content = bytesOf(PART + 77);
        const key = keyOf(await uploadAll(endpoint, content, { metadata }));
        expect((await storage.bytes(key)).equals(content)).toBe(true);
        expect(await pendingOf(storage)).toHaveLength(1);
        content.write('EVIL', PART + 5);
        await expect(uploadAll(endpoint, content, { metadata })).rejects.toThrow(/422/);
        await expect(uploadAll(endpoint, Buffer.from('EVIL'), { metadata })).rejects.toThrow(/422/);
        expect(await storedOf(storage)).toEqual([key]);
        expect(await pendingOf(storage)).toHaveLength(1);
        expect(seen).toEqual([PART + 77, PART + 77, 4]);
      });
    });
  },
  undefined,
  ['memory', 'local', 'versitygw', 'minio', 'ceph-rgw'],
);
