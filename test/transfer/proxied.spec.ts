import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { S3Backend } from '../../src/backends/s3/backend.js';
import { FileBody } from '../../src/core/file-body.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { TcpProxy, type Line } from '../faults/tcp-proxy.js';
import { openBucket, type TestBucket } from '../servers/open-bucket.js';
import { describeServers } from '../servers/s3-servers.js';
import { sdkClient } from '../servers/sdk-client.js';
import { bytesOf, KIB, MIB, readAll, streamOf } from '../support/bodies.js';
import { failure } from '../support/errors.js';
import { sleep, within } from '../support/within.js';
import { useFolder } from './support/folders.js';
import { openIn } from './support/open-in.js';

/** Three parts. */
const CONTENT = bytesOf(10 * MIB + 1);
const OLD = Buffer.from('old');
const BOUND_MS = 30_000;
const chunks = () => Array.from({ length: 11 }, (_, at) => CONTENT.subarray(at * MIB, (at + 1) * MIB));

/** Lines that slow a transfer down or break it a few times: it succeeds. The rates are such that a test can wait for them. */
const BAD: Readonly<Record<string, Line>> = {
  'a latency of 100 ± 60 ms': { up: { latencyMs: [50, 30] }, down: { latencyMs: [50, 30] } },
  '8 MiB per second and connection': { up: { bytesPerSecond: 8 * MIB }, down: { bytesPerSecond: 8 * MIB } },
  'pieces of 64 bytes': {
    up: { slices: { bytes: 64, of: 256 * KIB } },
    down: { slices: { bytes: 64, of: 256 * KIB } },
  },
  'connections that close late': { up: { closeMs: 400 }, down: { closeMs: 400 } },
  'resets in what is sent': { up: { after: [MIB + 7, 'reset'] }, times: 2 },
  'resets in what is answered': { down: { after: [MIB + 7, 'reset'] }, times: 2 },
  'silence in what is sent': { up: { after: [MIB, 'stall'] }, times: 2 },
  'silence in what is answered': { down: { after: [MIB, 'stall'] }, times: 2 },
};

/** Lines that carry nothing large. */
const DEAD: Readonly<Record<string, Line>> = {
  'a limit of 10 KiB': { up: { after: [10 * KIB, 'end'] }, down: { after: [10 * KIB, 'end'] } },
  'silence after 10 KiB': { up: { after: [10 * KIB, 'stall'] }, down: { after: [0, 'stall'] } },
  'a reset of every answer': { down: { after: [1, 'reset'] } },
};

/** Whether its server says nothing for as long as it is waited for: what is only slow is given more time on a busy machine. */
const isSilent = ({ up, down }: Line): boolean => [up, down].some((way) => way?.after?.[1] === 'stall');

describeServers({ only: ['versitygw', 'minio'] }, (server) => {
  const folder = useFolder();
  let proxy: TcpProxy;
  let place: TestBucket;
  let backend: S3Backend;
  let storage: StorageService;

  beforeEach(async () => {
    place = await openBucket(server());
    proxy = await TcpProxy.start(server().endpoint);
  }, 60_000);

  /**
   * @param patienceMs How long a server may say or take nothing.
   * @param budgetMs How long after its first try a request may be sent again.
   */
  function connect(patienceMs: number, budgetMs: number): void {
    const { region, accessKeyId, secretAccessKey } = server();
    backend = new S3Backend({
      bucket: place.bucket,
      endpoint: proxy.endpoint,
      region,
      credentials: { accessKeyId, secretAccessKey },
      forcePathStyle: true,
      profile: server().name,
      partSize: 5 * MIB,
      maxSinglePut: 5 * MIB,
      firstByteTimeoutMs: patienceMs,
      idleTimeoutMs: patienceMs,
      retryBudgetMs: budgetMs,
    });
    storage = new StorageService('files', backend);
  }

  afterEach(async () => {
    await within(backend.close(), 'closing');
    const end = performance.now() + 3_000;
    while (proxy.open > 0 && performance.now() < end) await sleep(10);
    expect(proxy.open).toBe(0);
    await proxy.close();
    await place.destroy();
  }, 60_000);

  /** Uploads that have not ended. MinIO lists them by their whole key alone. */
  async function pending(key: string): Promise<number> {
    const command = new ListMultipartUploadsCommand({ Bucket: place.bucket, Prefix: key });
    return ((await sdkClient(server()).send(command)).Uploads ?? []).length;
  }

  it.each(Object.entries(BAD))(
    'carries large objects over a line with %s',
    async (_, line) => {
      connect(isSilent(line) ? 2_000 : 10_000, 20_000);
      const source = folder.at('source');
      writeFileSync(source, CONTENT);
      const bodies = { stream: () => streamOf(...chunks()), file: () => new FileBody(source) };
      for (const [key, body] of Object.entries(bodies)) {
        proxy.use(line);
        const { size } = await within(storage.put(key, body()), 'the upload', BOUND_MS);
        expect(size).toBe(CONTENT.length);
        proxy.use(line);
        const { body: read } = await within(storage.get(key), 'the get', BOUND_MS);
        expect((await within(readAll(read), 'the body', BOUND_MS)).equals(CONTENT)).toBe(true);
        // A lost answer to its beginning is the one thing that leaves an upload.
        if (!line.down?.after) expect(await pending(key)).toBe(0);
      }
      proxy.use(line);
      const to = folder.at('a');
      await within(storage.download('file', { to, partSize: 5 * MIB, concurrency: 4 }), 'it', BOUND_MS);
      expect(readFileSync(to).equals(CONTENT)).toBe(true);
      expect(folder.names()).toEqual(['a', 'source']);
    },
    180_000,
  );

  it.each(Object.entries(DEAD))(
    'fails in time over a line with %s, and changes nothing',
    async (_, line) => {
      connect(1_000, 2_500);
      const source = folder.at('source');
      writeFileSync(source, CONTENT);
      proxy.use({});
      await storage.put('k', OLD);
      proxy.use(line);
      // At once, because each of them waits until its tries are used up.
      const puts = [streamOf(...chunks()), new FileBody(source), CONTENT].map(async (body) => {
        const error = await failure(storage.put('k', body), BOUND_MS);
        expect(['TIMEOUT', 'UNAVAILABLE']).toContain(error.code);
        expect(body instanceof Uint8Array || body.destroyed).toBe(true);
      });
      await Promise.all(puts);
      proxy.use({});
      expect(await storage.text('k')).toBe('old');
      await storage.put('large', CONTENT);
      const to = folder.at('a');
      // Where each connection brings a little, a body that is read goes on for as long as it does.
      proxy.use({ ...line, down: line.down?.after?.[1] === 'end' ? { after: [100, 'end'] } : line.down });
      const error = await failure(
        storage.download('large', { to, partSize: 5 * MIB, concurrency: 4 }),
        BOUND_MS,
      );
      expect(['TIMEOUT', 'UNAVAILABLE', 'INTEGRITY']).toContain(error.code);
      expect(folder.names()).toEqual(['source']);
      expect(openIn(folder.path)).toEqual([]);
      proxy.use({});
    },
    180_000,
  );
});
