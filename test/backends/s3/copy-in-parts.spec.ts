import { describe, expect, it } from '@jest/globals';
import { profileOf } from '../../../src/backends/s3/profiles/profiles.js';
import { MultipartUploads } from '../../../src/core/multipart-uploads.js';
import { StorageService } from '../../../src/storage/storage.service.js';
import { s3Place } from '../../contract/s3-place.js';
import { describeServers } from '../../servers/s3-servers.js';
import { bytesOf, MIB } from '../../support/bodies.js';
import { expectCode } from '../../support/errors.js';
import { sleep } from '../../support/within.js';
import { usePatientServer } from './faults/patient-server.js';

const HEADERS = {
  contentType: 'text/csv; charset=utf-8',
  cacheControl: 'no-cache',
  contentDisposition: 'inline',
  contentLanguage: 'fr',
  metadata: { owner: 'Änn', state: '1' },
};
const SIZE = 11 * MIB + 1;
const small = (name: string) => ({ ...profileOf({ name, endpoint: undefined }), maxCopy: 5 * MIB });

const pending = async (storage: StorageService): Promise<number> =>
  (await storage.as(MultipartUploads).list()).uploads.length;

describe('a copy that is too large for one request', () => {
  describeServers({ only: ['versitygw', 'minio', 'ceph-rgw', 'moto'] }, (server, name) => {
    it('is made of parts, with headers and metadata', async () => {
      const { backend, destroy } = await s3Place(server(), { profile: small(name) });
      const storage = new StorageService('test', backend);
      const bytes = bytesOf(SIZE);
      await storage.put('a/from', bytes, HEADERS);
      const copied = await storage.copy('a/from', 'to');
      expect(copied).toMatchObject({ ...HEADERS, key: 'to', size: SIZE });
      expect((await storage.bytes('to')).equals(bytes)).toBe(true);
      const moved = await storage.move('to', 'moved');
      expect(moved).toMatchObject({ ...HEADERS, size: SIZE });
      const replace = { contentType: 'text/plain', metadata: { state: '2' } };
      const replaced = await storage.copy('moved', 'replaced', { replace });
      expect(replaced).toMatchObject({ ...replace, size: SIZE });
      expect(replaced.metadata).toEqual({ state: '2' });
      expect(replaced.contentLanguage).toBeUndefined();
      await expectCode(storage.copy('none', 'x'), 'NOT_FOUND');
      await backend.close?.();
      await destroy?.();
    });
  });

  describe('when the server breaks', () => {
    const bench = usePatientServer();
    const open = () => bench.open({ profile: small('aws') });
    const seed = () => bench.server.s3.seed('a', bytesOf(SIZE));
    const isPart = {
      method: 'PUT',
      match: ({ query }: { readonly query: ReadonlyMap<string, string> }) => query.has('partNumber'),
    };

    it('sends parts again that were refused or lost', async () => {
      seed();
      const storage = open();
      bench.server.next({ ...isPart, sends: 'nothing', then: 'reset' });
      await storage.copy('a', 'b');
      expect((await storage.bytes('b')).equals(bytesOf(SIZE))).toBe(true);
      expect(await pending(storage)).toBe(0);
    });

    it('leaves no part behind when one cannot be copied', async () => {
      seed();
      const storage = open();
      bench.server.next({
        ...isPart,
        acts: false,
        times: Infinity,
        answer: { status: 403, headers: {}, body: Buffer.from('<Error><Code>AccessDenied</Code></Error>') },
      });
      await expectCode(storage.copy('a', 'b'), 'PERMISSION_DENIED');
      expect(await pending(storage)).toBe(0);
      expect(await storage.exists('b')).toBe(false);
    });

    it.each([
      ['replaced', () => void bench.server.s3.seed('a', 'other')],
      ['deleted', () => void bench.server.s3.objects.delete('a')],
    ])('copies nothing of a source that is %s between its parts', async (_, change) => {
      seed();
      const storage = open();
      bench.server.next({
        ...isPart,
        answer: (due) => {
          change();
          return due;
        },
      });
      await expectCode(storage.copy('a', 'b'), 'PRECONDITION_FAILED');
      expect(await pending(storage)).toBe(0);
      expect(await storage.exists('b')).toBe(false);
    });

    it('is found when the answer to its end is lost', async () => {
      seed();
      const storage = open();
      bench.server.next({
        method: 'POST',
        match: ({ query }) => query.has('uploadId'),
        sends: 'nothing',
        then: 'reset',
      });
      expect((await storage.copy('a', 'b')).size).toBe(SIZE);
      expect(await pending(storage)).toBe(0);
    });

    it('keeps the parts of what may just become the object', async () => {
      seed();
      const storage = bench.open({ profile: small('aws'), maxAttempts: 1 });
      bench.server.next({
        method: 'POST',
        match: ({ query }) => query.has('uploadId'),
        times: Infinity,
        acts: false,
        sends: 'nothing',
        then: 'reset',
      });
      await expectCode(storage.copy('a', 'b'), 'OUTCOME_UNKNOWN');
      expect(bench.server.seen('DELETE')).toEqual([]);
      expect(await pending(storage)).toBe(1);
    });

    it('is left alone by a sweep of this process until it has ended', async () => {
      seed();
      const storage = open();
      // Held until the sweep is over.
      bench.server.next({ ...isPart, delayMs: 60_000 });
      const copying = storage.copy('a', 'b');
      for (const end = performance.now() + 15_000; bench.server.s3.uploads.pending.size === 0; await sleep(5))
        expect(performance.now()).toBeLessThan(end);
      const sweep = () => storage.uploads.sweep({ olderThanHours: 0 });
      expect(await sweep()).toMatchObject([{ key: 'b', outcome: 'busy' }]);
      await bench.server.releasing(copying);
      await storage.as(MultipartUploads).begin('b');
      expect(await sweep()).toMatchObject([{ key: 'b', outcome: 'removed' }]);
    });

    it('says when it is not encrypted as its source is', async () => {
      bench.server.s3.seed('a', bytesOf(SIZE), { 'x-amz-server-side-encryption': 'aws:kms' });
      const storage = open();
      expect((await expectCode(storage.copy('a', 'b'), 'INTEGRITY')).reason).toBe('encryption');
      expect(await storage.exists('b')).toBe(true);
    });

    it('is not taken for another object that is there by then', async () => {
      bench.server.next({
        method: 'PUT',
        answer: (due) => {
          bench.server.s3.seed('b', 'another');
          return due;
        },
      });
      await expectCode(bench.storage.copy('a', 'b'), 'OUTCOME_UNKNOWN');
    });
  });
});
