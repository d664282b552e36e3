import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { S3Backend } from '../../src/backends/s3/backend.js';
import { StorageError } from '../../src/core/error.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { openBucket, type TestBucket } from '../servers/open-bucket.js';
import { describeServers } from '../servers/s3-servers.js';
import { sdkClient } from '../servers/sdk-client.js';
import { within } from '../support/within.js';

const WRITERS = 1_000;
/** Who counts, and how often. The second one takes minutes. */
const COUNTS: readonly (readonly [workers: number, times: number])[] =
  process.env.STOWAGE_LARGE === '1' ? [[5, 10], [16, 50]] : [[5, 10]]; // prettier-ignore
const BOUND_MS = 60_000;

/** Each content is an upload of one part, so that nothing but its end takes long: there the writers meet. */
describeServers({ only: ['minio', 'ceph-rgw'] }, (server, name) => {
  const holds = name === 'minio';
  let place: TestBucket;
  let backend: S3Backend;
  let storage: StorageService;

  beforeEach(async () => {
    place = await openBucket(server());
    const { endpoint, region, accessKeyId, secretAccessKey } = server();
    backend = new S3Backend({
      bucket: place.bucket,
      endpoint,
      region,
      credentials: { accessKeyId, secretAccessKey },
      forcePathStyle: true,
      profile: server().name,
      maxSinglePut: 1,
    });
    storage = new StorageService('files', backend);
  }, 60_000);

  afterEach(async () => {
    await within(backend.close(), 'closing');
    await place.destroy();
  }, 60_000);

  /** Uploads that have not ended. MinIO lists them by their whole key alone. */
  async function pending(key: string): Promise<number> {
    const command = new ListMultipartUploadsCommand({ Bucket: place.bucket, Prefix: key });
    return ((await sdkClient(server()).send(command)).Uploads ?? []).length;
  }

  const attempt = (content: string, options: { readonly ifAbsent: true } | { readonly ifMatch: string }) =>
    storage.put('k', Buffer.from(content.padStart(8)), options).then(() => 'stored', codeOf);

  it(
    holds
      ? `lets exactly one of ${WRITERS} uploads make an object that was not there, and leaves no part of the others`
      : `refuses ${WRITERS} conditional uploads, which it would all let win, before a part is sent`,
    async () => {
      const all = Array.from({ length: WRITERS }, (_, i) => attempt(`writer ${i}`, { ifAbsent: true }));
      const endings = await within(Promise.all(all), 'the writers', BOUND_MS);
      expect(await pending('k')).toBe(0);
      if (!holds) {
        expect(new Set(endings)).toEqual(new Set(['UNSUPPORTED']));
        expect(await storage.exists('k')).toBe(false);
        return;
      }
      const winner = endings.indexOf('stored');
      expect(endings.toSpliced(winner, 1)).toEqual(
        Array.from({ length: WRITERS - 1 }, () => 'ALREADY_EXISTS'),
      );
      expect((await storage.text('k')).trim()).toBe(`writer ${winner}`);
    },
    BOUND_MS + 10_000,
  );

  it.each(COUNTS)(
    holds
      ? 'counts exactly to their product when %i uploaders add one %i times each'
      : 'counts nothing, and loses nothing, where %i uploaders would add one %i times each',
    async (workers, times) => {
      await storage.put('k', '0');
      let tries = 0;
      const worker = async () => {
        for (let done = 0; done < times; tries++) {
          const { etag } = await storage.head('k');
          const read = await storage.text('k');
          const ending = await attempt(String(Number(read) + 1), { ifMatch: etag });
          if (ending === 'stored') done++;
          else if (ending === 'UNSUPPORTED') return;
          else expect(['PRECONDITION_FAILED', 'CONFLICT']).toContain(ending);
        }
      };
      const bound = BOUND_MS * (workers > 5 ? 10 : 1);
      await within(Promise.all(Array.from({ length: workers }, worker)), 'the counting', bound);
      expect(Number(await storage.text('k'))).toBe(holds ? workers * times : 0);
      // Some came too late, or nothing was proven.
      expect(tries > workers * times).toBe(holds);
      expect(await pending('k')).toBe(0);
    },
    BOUND_MS * 11,
  );
});

function codeOf(error: unknown): string {
  if (!StorageError.is(error)) throw error;
  return error.code;
}
