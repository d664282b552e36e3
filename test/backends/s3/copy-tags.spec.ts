import {
  GetObjectTaggingCommand,
  PutObjectTaggingCommand,
  S3Client,
  type PutObjectTaggingCommandInput,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from '@jest/globals';
import type { S3BackendOptions } from '../../../src/backends/s3/options.js';
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

const SIZE = 6 * MIB;
/** What every server takes: letters, spaces and `+-=._:/@`. */
const PLAIN: readonly [string, string][] = [
  ['project', 'x y+z'],
  ['a=b', 'c=d'],
  ['empty', ''],
];
/** Letters of any script, as on AWS: not on MinIO. */
const LETTERS: readonly [string, string][] = [['größe', '日本']];
/** What stands for something in a query: Ceph RGW takes it, AWS does not. */
const FREE: readonly [string, string][] = [['r&d', '1&2=3%25+4']];

const small = (name: string) => ({ ...profileOf({ name, endpoint: undefined }), maxCopy: 5 * MIB });
const ways: [string, Partial<S3BackendOptions>][] = [
  ['our own code', {}],
  ['the SDK', { requests: 'sdk' }],
];

describe('the tags of a copy that is too large for one request', () => {
  describeServers({ only: ['versitygw', 'minio', 'ceph-rgw', 'moto'] }, (server, name) => {
    const tags = new Map([
      ...PLAIN,
      ...(name === 'minio' ? [] : LETTERS),
      ...(name === 'ceph-rgw' ? FREE : []),
    ]);

    it.each(ways)('come along when %s sends it, as parts and through this process', async (_, options) => {
      for (const multipartCopy of [true, false]) {
        const place = await s3Place(server(), { profile: { ...small(name), multipartCopy }, ...options });
        const storage = new StorageService('test', place.backend);
        const client = storage.as(S3Client);
        const bucket = /bucket "([^"]+)"/.exec(place.backend.place ?? '')?.[1];
        const tagging: PutObjectTaggingCommandInput = {
          Bucket: bucket,
          Key: 'a/from',
          Tagging: { TagSet: [...tags].map(([Key, Value]) => ({ Key, Value })) },
        };
        await storage.put('a/from', bytesOf(SIZE), { metadata: { owner: 'ann' } });
        await client.send(new PutObjectTaggingCommand(tagging));
        expect(await storage.copy('a/from', 'b/to')).toMatchObject({
          size: SIZE,
          metadata: { owner: 'ann' },
        });
        const { TagSet = [] } = await client.send(
          new GetObjectTaggingCommand({ Bucket: bucket, Key: 'b/to' }),
        );
        expect(new Map(TagSet.map(({ Key, Value }) => [Key, Value]))).toEqual(tags);
        await place.backend.close?.();
        await place.destroy?.();
      }
    });
  });

  describe('when the server breaks', () => {
    const bench = usePatientServer();
    const HEADERS = { 'x-amz-tagging': 'a=1&b=x%20y' };
    const open = () => bench.open({ profile: small('aws') });
    const seed = () => bench.server.s3.seed('a', bytesOf(SIZE), HEADERS);
    const tagsOf = (key: string) =>
      new URLSearchParams(bench.server.s3.objects.get(key)?.headers['x-amz-tagging']).toString();
    const isTagging = (method: string, key: string) => ({
      ...{ method, key },
      match: ({ query }: SeenRequest) => query.has('tagging'),
    });
    /** An upload that has forgotten the tags that it was begun with. */
    const forget = () =>
      bench.server.next({
        method: 'POST',
        match: ({ query }) => query.has('uploads'),
        answer: (due) => {
          const { pending } = bench.server.s3.uploads;
          for (const [id, upload] of pending) {
            const headers = Object.entries(upload.headers).filter(([name]) => name !== 'x-amz-tagging');
            pending.set(id, { ...upload, headers: Object.fromEntries(headers) });
          }
          return due;
        },
      });
    const denied = { acts: false, times: Infinity, answer: refusal(403, 'AccessDenied') };

    it('costs nothing where there are none', async () => {
      bench.server.s3.seed('a', bytesOf(SIZE));
      await open().copy('a', 'b');
      expect(bench.server.requests.filter(({ query }) => query.has('tagging'))).toEqual([]);
    });

    it('copies nothing when they may not be read', async () => {
      seed();
      const storage = open();
      bench.server.next({ ...isTagging('GET', 'a'), ...denied });
      expect((await expectCode(storage.copy('a', 'b'), 'PERMISSION_DENIED')).reason).toBe('tags');
      expect(await storage.exists('b')).toBe(false);
      expect((await storage.as(MultipartUploads).list()).uploads).toEqual([]);
    });

    it('writes them again when the upload has lost them', async () => {
      seed();
      forget();
      await open().copy('a', 'b');
      expect(tagsOf('b')).toBe('a=1&b=x+y');
    });

    it('says that they are lost when they cannot be written', async () => {
      seed();
      forget();
      bench.server.next({ ...isTagging('PUT', 'b'), ...denied });
      const storage = open();
      expect((await expectCode(storage.move('a', 'b'), 'INTEGRITY')).reason).toBe('tags');
      expect(await storage.exists('a')).toBe(true);
      expect(await storage.exists('b')).toBe(true);
    });

    it('says that they are lost when the server takes them and keeps them not', async () => {
      seed();
      forget();
      bench.server.next({
        ...isTagging('PUT', 'b'),
        acts: false,
        answer: { ...refusal(200, ''), body: Buffer.alloc(0) },
      });
      expect((await expectCode(open().copy('a', 'b'), 'INTEGRITY')).reason).toBe('tags');
    });

    it('does not know whether they are there when they cannot be looked at', async () => {
      seed();
      bench.server.next({ ...isTagging('GET', 'b'), ...denied });
      expect((await expectCode(open().copy('a', 'b'), 'OUTCOME_UNKNOWN')).reason).toBe('tags');
    });

    it('writes none to an object that has replaced the copy', async () => {
      seed();
      forget();
      bench.server.next({
        ...isTagging('GET', 'b'),
        answer: (due) => {
          bench.server.s3.seed('b', 'another');
          return due;
        },
      });
      await expectCode(open().copy('a', 'b'), 'OUTCOME_UNKNOWN');
      expect(tagsOf('b')).toBe('');
    });

    it('ends by its signal while they are read', async () => {
      seed();
      const controller = new AbortController();
      bench.server.next({
        ...isTagging('GET', 'a'),
        answer: (due) => {
          controller.abort();
          return due;
        },
        delayMs: 100,
      });
      await expectCode(open().copy('a', 'b', { signal: controller.signal }), 'ABORTED');
      expect(bench.server.s3.uploads.pending.size).toBe(0);
    });
  });
});
