import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { S3Backend } from '../../src/backends/s3/backend.js';
import { StorageModule } from '../../src/storage/storage.module.js';
import type { StorageService } from '../../src/storage/storage.service.js';
import { getStorageToken } from '../../src/storage/storage.tokens.js';
import { FaultServer } from '../faults/fault-server.js';
import { MIB, stalled } from '../support/bodies.js';
import { useChildren } from '../support/children.js';
import { failure } from '../support/errors.js';
import { sleep, within } from '../support/within.js';
import { useFolder } from '../transfer/support/folders.js';
import { boot } from './boot.js';
import type { UploadingConfig, UploadingReport } from './children/uploading.js';

const PART = 5 * MIB;
/** Two parts, and some of a third. */
const BYTES = 2 * PART + 7;
/** Milliseconds in which an application has ended whose drain lasts 200. */
const SOON = 8_000;

describe('an application that shuts down while an upload to S3 runs', () => {
  const start = useChildren('test/storage/children', ['src', 'test/support']);
  const folder = useFolder();
  let server: FaultServer;
  beforeEach(async () => {
    server = await FaultServer.start();
    server.s3.seed('k', 'what was there before');
  });
  afterEach(() => server.close());

  async function stored(parts: number): Promise<void> {
    const end = performance.now() + 20_000;
    while (server.s3.uploads.pending.values().next().value?.parts.size !== parts) {
      if (performance.now() > end) throw new Error(`${parts} parts were never stored`);
      await sleep(5);
    }
  }

  async function expectOld(): Promise<void> {
    expect(await server.settled(0)).toBe(true);
    expect(server.s3.objects.get('k')?.body.toString()).toBe('what was there before');
    expect([...server.s3.uploads.pending.keys()]).toEqual([]);
    expect(server.requests.at(-1)?.method).not.toBe('PUT');
  }

  async function running() {
    const backend = new S3Backend({
      endpoint: server.endpoint,
      region: 'us-east-1',
      bucket: 'b',
      credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
      forcePathStyle: true,
      profile: 'aws',
      partSize: PART,
    });
    const app = await boot([StorageModule.forRoot({ name: 'files', backend, shutdownTimeoutMs: 200 })]);
    return { app, storage: app.get<StorageService>(getStorageToken('files')) };
  }

  it.each(['put', 'uploads.start'])(
    'tells the caller of %s, and leaves no part',
    async (how) => {
      const { app, storage } = await running();
      const source = stalled(Buffer.alloc(BYTES));
      const done =
        how === 'put' ? storage.put('k', source) : (await storage.uploads.start('k', source, {})).done;
      done.catch(() => undefined);
      await stored(2);
      await within(app.close(), 'the shutdown', SOON);
      expect(await failure(done)).toMatchObject({ code: 'ABORTED', reason: 'shutdown' });
      expect(source.destroyed).toBe(true);
      await expectOld();
    },
    60_000,
  );

  it('waits for an abort that the server is slow to answer', async () => {
    const { app, storage } = await running();
    const done = storage.put('k', stalled(Buffer.alloc(BYTES)));
    done.catch(() => undefined);
    await stored(2);
    server.next({ method: 'DELETE', delayMs: 1_000 });
    await within(app.close(), 'the shutdown', SOON);
    expect(await failure(done)).toMatchObject({ code: 'ABORTED', reason: 'shutdown' });
    await expectOld();
  }, 60_000);

  it('leaves no part when its process gets SIGTERM', async () => {
    const report = folder.at('report');
    const config: UploadingConfig = { endpoint: server.endpoint, partSize: PART, bytes: BYTES, report };
    const child = start('uploading', config);
    await stored(2);
    child.signal('SIGTERM');
    // Nest ends the process by the signal that it got, when all hooks have run.
    expect(await child.ended(SOON)).toBe('SIGTERM');
    const ending = JSON.parse(readFileSync(report, 'utf8')) as UploadingReport;
    expect(ending).toEqual({ code: 'ABORTED', reason: 'shutdown' });
    await expectOld();
  }, 60_000);
});
