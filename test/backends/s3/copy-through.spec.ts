import { describe, expect, it } from '@jest/globals';
import { profileOf } from '../../../src/backends/s3/profiles/profiles.js';
import { MultipartUploads } from '../../../src/core/multipart-uploads.js';
import { StorageService } from '../../../src/storage/storage.service.js';
import { s3Place } from '../../contract/s3-place.js';
import type { SeenRequest } from '../../faults/fault.js';
import { refusal } from '../../faults/tiny-s3.js';
import { describeServers } from '../../servers/s3-servers.js';
import { bytesOf, MIB } from '../../support/bodies.js';
import { expectCode } from '../../support/errors.js';
import { usePatientServer } from './faults/patient-server.js';

const HEADERS = {
  contentType: 'text/csv; charset=utf-8',
  cacheControl: 'no-cache',
  contentDisposition: 'inline',
  contentLanguage: 'fr',
  metadata: { owner: 'Änn', state: '1' },
};
const SIZE = 21 * MIB + 1;
/** As a server that copies no parts. */
const poor = (name: string) => ({
  ...profileOf({ name, endpoint: undefined }),
  maxCopy: 5 * MIB,
  multipartCopy: false,
});

describe('a copy that is too large for one request, where the server copies no parts', () => {
  describeServers({ only: ['versitygw', 'minio', 'ceph-rgw', 'moto'] }, (server, name) => {
    it.each(['auto', 'sdk'] as const)('passes through this process (%s)', async (requests) => {
      const { backend, destroy } = await s3Place(server(), { profile: poor(name), requests });
      const storage = new StorageService('test', backend);
      const bytes = bytesOf(SIZE);
      await storage.put('a/from', bytes, HEADERS);
      expect(await storage.copy('a/from', 'to')).toMatchObject({ ...HEADERS, key: 'to', size: SIZE });
      expect((await storage.bytes('to')).equals(bytes)).toBe(true);
      await backend.close?.();
      await destroy?.();
    });
  });

  describe('when the server breaks', () => {
    const bench = usePatientServer();
    const PART = 100_000;
    const profile = { ...poor('aws'), minPart: 1, maxPart: PART, maxCopy: PART };
    const bytes = bytesOf(10 * PART + 1);
    const others = bytesOf(bytes.length, 7);
    const open = () => bench.open({ profile });
    const seed = () => {
      bench.server.s3.uploads.minPart = 1;
      bench.server.s3.seed('a', bytes, { 'x-amz-meta-owner': 'ann' });
    };
    const isPart = {
      method: 'PUT',
      match: ({ query }: SeenRequest) => query.has('partNumber'),
    };
    const expectNothing = async (storage: StorageService): Promise<void> => {
      expect((await storage.as(MultipartUploads).list()).uploads).toEqual([]);
      expect(await storage.exists('b')).toBe(false);
    };

    it('reads the source once, on its ETag', async () => {
      seed();
      const storage = open();
      await storage.copy('a', 'b');
      const reads = bench.server.seen('GET').filter(({ key }) => key === 'a');
      expect(reads.map(({ headers }) => headers['if-match'])).toEqual([`"${bench.etag('a')}"`]);
      const copied = bench.server.s3.objects.get('b');
      expect(copied?.body.equals(bytes)).toBe(true);
      expect(copied?.headers).toMatchObject({ 'x-amz-meta-owner': 'ann' });
    });

    it('goes on when the source breaks off', async () => {
      seed();
      bench.server.next({ method: 'GET', key: 'a', sends: 'half', then: 'reset' });
      await open().copy('a', 'b');
      expect(bench.server.s3.objects.get('b')?.body.equals(bytes)).toBe(true);
    });

    it.each([
      ['replaced', () => void bench.server.s3.seed('a', others)],
      ['deleted', () => void bench.server.s3.objects.delete('a')],
    ])('copies nothing of a source that is %s before it is read', async (_, change) => {
      seed();
      const storage = open();
      bench.server.next({
        ...{ method: 'HEAD', key: 'a' },
        answer: (due) => {
          change();
          return due;
        },
      });
      expect((await expectCode(storage.copy('a', 'b'), 'PRECONDITION_FAILED')).reason).toBe('changed');
      await expectNothing(storage);
    });

    it('copies nothing of a source that is replaced while it is read', async () => {
      seed();
      const storage = open();
      bench.server.next({
        ...{ method: 'GET', key: 'a', sends: 'half', then: 'reset' },
        answer: (due) => {
          bench.server.s3.seed('a', others);
          return due;
        },
      });
      expect((await expectCode(storage.copy('a', 'b'), 'PRECONDITION_FAILED')).reason).toBe('changed');
      await expectNothing(storage);
    });

    it('makes no object of bytes that have another checksum than the server tells', async () => {
      seed();
      const storage = open();
      bench.server.next({
        ...{ method: 'GET', key: 'a' },
        answer: (due) => {
          const body = Buffer.from(bytes);
          body[body.length - 10]! ^= 1;
          return { ...due, body };
        },
      });
      await expectCode(storage.copy('a', 'b'), 'INTEGRITY');
      await expectNothing(storage);
    });

    it('leaves no part when one cannot be stored', async () => {
      seed();
      const storage = open();
      bench.server.next({ ...isPart, acts: false, times: Infinity, answer: refusal(403, 'AccessDenied') });
      await expectCode(storage.copy('a', 'b'), 'PERMISSION_DENIED');
      await expectNothing(storage);
    });

    it('leaves no part when it is aborted', async () => {
      seed();
      const storage = open();
      const controller = new AbortController();
      bench.server.next({
        ...isPart,
        answer: (due) => {
          controller.abort();
          return due;
        },
        delayMs: 100,
      });
      await expectCode(storage.copy('a', 'b', { signal: controller.signal }), 'ABORTED');
      await expectNothing(storage);
    });
  });
});
