import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  type CompletedPart,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { aws } from '../../src/backends/s3/profiles/aws.js';
import type { DownloadResult } from '../../src/transfer/download/download-options.js';
import { CompositeSum } from '../../src/transfer/download/composite-sum.js';
import { crc32c } from '../../src/transfer/download/crc32c.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { crc32Of } from '../faults/tiny-s3.js';
import { openBucket, type TestBucket } from '../servers/open-bucket.js';
import { describeServers } from '../servers/s3-servers.js';
import { within } from '../support/within.js';
import { sdkClient } from '../servers/sdk-client.js';
import { s3Place } from '../contract/s3-place.js';
import { bytesOf, KIB, MIB, readAll } from '../support/bodies.js';
import { failure } from '../support/errors.js';
import { onServer, PART, type BrokenServer } from './faults/broken-server.js';
import { useFolder } from './support/folders.js';

type Algorithm = 'CRC32' | 'CRC32C' | 'SHA1' | 'SHA256';
const ALGORITHMS: readonly Algorithm[] = ['CRC32', 'CRC32C', 'SHA1', 'SHA256'];

/** As many clients upload, and as nobody has to. */
const PARTS: Readonly<Record<string, readonly number[]>> = {
  'parts of one size': [5 * MIB, 5 * MIB, 1_000],
  'one part': [70_000],
  'parts of many sizes': [6 * MIB, 5 * MIB, 6 * MIB + 7],
};

/** Fetches `key` in all ways, and says what each was compared with. */
async function downloads(storage: StorageService, key: string, to: string, content: Buffer) {
  const memory = Buffer.alloc(content.length);
  const stream = new PassThrough();
  const read = readAll(stream);
  const results: Record<string, DownloadResult> = {
    file: await storage.download(key, { to, partSize: 3 * MIB, concurrency: 2 }),
    bytes: await storage.download(key, { to: memory }),
    stream: await storage.download(key, { to: stream }),
  };
  for (const bytes of [readFileSync(to), memory, await read]) expect(bytes.equals(content)).toBe(true);
  return Object.fromEntries(Object.entries(results).map(([name, { verified }]) => [name, verified]));
}

/** Uploads as another client does that knows no checksum of the whole. */
async function uploadAs(client: S3Client, bucket: string, algorithm: Algorithm, parts: readonly Buffer[]) {
  const place = { Bucket: bucket, Key: 'k' };
  const kind = { ChecksumAlgorithm: algorithm, ChecksumType: 'COMPOSITE' } as const;
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...place, ...kind }));
  const completed: CompletedPart[] = [];
  for (const [i, Body] of parts.entries()) {
    const PartNumber = i + 1;
    const part = { ...place, UploadId, PartNumber, Body, ChecksumAlgorithm: algorithm };
    const { ETag, ...told } = await client.send(new UploadPartCommand(part));
    const field = `Checksum${algorithm}` as const;
    completed.push({ PartNumber, ETag, [field]: told[field] });
  }
  const MultipartUpload = { Parts: completed };
  await client.send(
    new CompleteMultipartUploadCommand({ ...place, UploadId, ChecksumType: 'COMPOSITE', MultipartUpload }),
  );
}

describeServers({}, (server, name) => {
  // Ceph RGW 16 tells no checksums, and moto gives each part an ETag of its own, so that nobody knows what it is part of.
  const tells = name === 'versitygw' || name === 'minio';
  const folder = useFolder();
  let place: TestBucket;

  beforeEach(async () => {
    place = await openBucket(server());
  }, 60_000);
  afterEach(() => place.destroy(), 60_000);

  const cases = Object.keys(PARTS).flatMap((parts) => ALGORITHMS.map((one) => [one, parts] as const));
  const few = cases.filter(([one, parts]) => {
    const usual = parts === 'parts of one size';
    // The sizes do not depend on the algorithm, and what is not told on nothing.
    return tells ? usual || one === 'SHA256' : usual && one === 'SHA256';
  });

  it.each(few)(
    tells ? 'verifies by %s of %s' : 'compares the length alone where %s of %s is not told',
    async (algorithm, which) => {
      const parts = (PARTS[which] ?? []).map((size, i) => Buffer.alloc(size, bytesOf(8191, i + 1)));
      await uploadAs(sdkClient(server()), place.bucket, algorithm, parts);
      const { backend, destroy } = await s3Place(server(), { bucket: place.bucket });
      try {
        const verified = await downloads(
          new StorageService('files', backend),
          'k',
          folder.at('a'),
          Buffer.concat(parts),
        );
        const expected = tells ? `composite-${algorithm.toLowerCase()}` : undefined;
        // A body that went by once cannot be compared again, when its parts turn out to be of other sizes.
        const stream = which === 'parts of many sizes' ? undefined : expected;
        expect(verified).toEqual({ file: expected, bytes: expected, stream });
      } finally {
        await backend.close?.();
        await destroy?.();
      }
    },
    60_000,
  );
});

describe('a download that only checksums of parts can verify', () => {
  const folder = useFolder();
  const content = bytesOf(2 * PART + 1_000);
  const profile = { ...aws, minPart: PART, fullObjectChecksum: false };

  /** An object of `sizes`, of which one byte is another one since. */
  async function damaged({ server, key }: BrokenServer, sizes: readonly number[], at?: number) {
    let start = 0;
    const parts = sizes.map((size) => content.subarray(start, (start += size)));
    const sums = Buffer.concat(parts.map((part) => Buffer.from(crc32Of(part), 'base64')));
    const body = Buffer.from(content);
    if (at !== undefined) body[at]! ^= 1;
    const object = server.s3.seed(key, body, {
      'x-amz-checksum-crc32': `${crc32Of(sums)}-${sizes.length}`,
      'x-amz-checksum-type': 'COMPOSITE',
    });
    server.s3.objects.set(key, { ...object, etag: `"${'0'.repeat(32)}-${sizes.length}"`, parts: sizes });
    return Promise.resolve(body);
  }

  const SIZES = { equal: [PART, PART, 1_000], unequal: [PART + 1, PART - 1, 1_000] };

  it('verifies what this package has uploaded with checksums of parts alone', async () => {
    await onServer(
      async ({ server, storage, key }) => {
        await storage.put(key, content, { partSize: PART });
        expect(server.s3.objects.get(key)?.headers['x-amz-checksum-type']).toBe('COMPOSITE');
        const expected = 'composite-crc32';
        const verified = await downloads(storage, key, folder.at('a'), content);
        expect(verified).toEqual({ file: expected, bytes: expected, stream: expected });
      },
      { profile },
    );
  });

  const flips = Object.entries(SIZES).flatMap(([name, sizes]) =>
    [0, PART - 1, PART, PART + 1, 2 * PART, content.length - 1].map((at) => [at, name, sizes] as const),
  );
  it.each(flips)('finds the flipped byte %i in parts of %s size', async (at, name, sizes) => {
    await onServer(
      async (place) => {
        const { storage, key } = place;
        await damaged(place, sizes, at);
        const wrong = { code: 'INTEGRITY', reason: 'checksum' };
        const to = folder.at('a');
        const options = { partSize: PART, concurrency: 3 };
        expect(await failure(storage.download(key, { to, ...options }), 10_000)).toMatchObject(wrong);
        const resumed = storage.download(key, { to, resume: true, ...options });
        expect(await failure(resumed, 10_000)).toMatchObject(wrong);
        expect(folder.names()).toEqual([]);
        const memory = storage.download(key, { to: Buffer.alloc(content.length) });
        expect(await failure(memory, 10_000)).toMatchObject(wrong);
        if (name === 'unequal') return;
        const stream = new PassThrough();
        stream.resume();
        expect(await failure(storage.download(key, { to: stream }), 10_000)).toMatchObject(wrong);
      },
      { profile },
    );
  });

  it('asks nothing more of an object that has a checksum of the whole, or is no object of parts', async () => {
    await onServer(
      async (place) => {
        const { server, storage, key } = place;
        const object = server.s3.seed(key, content);
        await storage.download(key, { to: folder.at('a') });
        server.s3.objects.set(key, { ...object, headers: {} });
        await storage.download(key, { to: folder.at('a') });
        expect(server.seen('HEAD')).toHaveLength(2);
      },
      { profile },
    );
  });

  it('holds no connection of a stream while it asks for them', async () => {
    await onServer(
      async (place) => {
        await damaged(place, SIZES.equal);
        const stream = new PassThrough();
        const read = readAll(stream);
        const download = place.storage.download(place.key, { to: stream });
        expect((await within(download, 'the download', 10_000)).verified).toBe('composite-crc32');
        expect((await read).equals(content)).toBe(true);
      },
      { profile, maxSockets: 1 },
    );
  });

  it('asks for no version that nobody has asked for', async () => {
    await onServer(
      async (place) => {
        await damaged(place, SIZES.equal);
        const { server, storage, key } = place;
        const object = server.s3.objects.get(key)!;
        const headers = { ...object.headers, 'x-amz-version-id': 'v1' };
        server.s3.objects.set(key, { ...object, headers });
        const { info, verified } = await storage.download(key, { to: folder.at('a') });
        expect({ version: info.versionId, verified }).toEqual({ version: 'v1', verified: 'composite-crc32' });
        const heads = server.seen('HEAD');
        expect(heads.length).toBeGreaterThan(1);
        expect(heads.filter(({ path }) => path.includes('versionId'))).toEqual([]);
      },
      { profile },
    );
  });

  it('gives a stream the object that replaces it while it is asked for them', async () => {
    await onServer(
      async (place) => {
        await damaged(place, SIZES.equal);
        const { server, storage, key } = place;
        server.next({
          method: 'HEAD',
          answer: (due) => {
            server.s3.seed(key, 'another');
            return { ...due, headers: { ...due.headers, etag: '"other"' } };
          },
        });
        const stream = new PassThrough();
        const read = readAll(stream);
        expect((await storage.download(key, { to: stream })).verified).toBe('crc32');
        expect((await read).toString()).toBe('another');
      },
      { profile },
    );
  });

  it('begins anew when the object is replaced before it is verified', async () => {
    await onServer(
      async (place) => {
        const { server, storage, key } = place;
        await damaged(place, SIZES.equal);
        server.next({
          match: ({ method, headers }) =>
            method === 'GET' && headers['range']?.startsWith('bytes=0-') === true,
          answer: (due) => {
            server.s3.seed(key, 'another');
            return due;
          },
        });
        const { bytes, verified } = await storage.download(key, { to: folder.at('a') });
        expect({ bytes, verified }).toEqual({ bytes: 7, verified: 'crc32' });
      },
      { profile },
    );
  });
});

describe('the checksum of checksums', () => {
  // https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4
  it.each([
    ['zeros', Buffer.alloc(32), 0x8a9136aa],
    ['ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['what rises', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
  ])('has the CRC-32C of 32 bytes of %s', (_, bytes, crc) => {
    expect(crc32c(bytes)).toBe(crc);
    expect(crc32c(bytes.subarray(7), crc32c(bytes.subarray(0, 7)))).toBe(crc);
  });

  it('does not depend on how the bytes come', () => {
    const bytes = bytesOf(10 * KIB);
    const sizes = [4 * KIB, 0, 4 * KIB, 2 * KIB, 0];
    const values = [1, 7, 1_000, 4 * KIB, 10 * KIB].map((step) => {
      const sum = new CompositeSum('sha256', sizes);
      for (let at = 0; at < bytes.length; at += step) sum.update(bytes.subarray(at, at + step));
      return sum.value();
    });
    expect(new Set(values).size).toBe(1);
  });
});
