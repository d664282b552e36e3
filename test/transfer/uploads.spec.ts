import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { LocalBackend } from '../../src/backends/local/backend.js';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { FileBody } from '../../src/core/file-body.js';
import { withLayers } from '../../src/core/layered-backend.js';
import { MultipartUploads } from '../../src/core/multipart-uploads.js';
import { StorageService } from '../../src/storage/storage.service.js';
import type { TransferStore } from '../../src/transfer/resume/transfer-store.js';
import { FAST } from '../backends/local/support/roots.js';
import { expectCode, failure } from '../support/errors.js';
import { fakeBackend } from '../support/fake-backend.js';
import { failing, useUploadBench, type UploadPlace } from './support/upload-bench.js';

const memory = (): Promise<UploadPlace> => Promise.resolve({ backend: new MemoryBackend() });
const local = (): Promise<UploadPlace> => {
  const root = mkdtempSync(join(FAST, 'stowage-uploads-root-'));
  const destroy = () => Promise.resolve(rmSync(root, { recursive: true, force: true }));
  return Promise.resolve({ backend: new LocalBackend({ root, durability: 'rename' }), destroy });
};

const PARTS = 1_150;
const STORED = 1_100;
const SIZE = 100;

describe.each([
  ['memory', memory],
  ['local disk', local],
])('an upload of more than a thousand parts: %s', (_, create) => {
  const enter = useUploadBench(create);

  it('goes on with the parts of all pages', async () => {
    const { storage, open, records, file, calls, record } = await enter();
    const { path, bytes } = file(PARTS * SIZE - 1);
    const broken = open(failing('MultipartUploads.putPart', STORED + 1));
    const options = { resumable: records, partSize: SIZE, concurrency: 1 };
    const upload = await broken.uploads.start('k', new FileBody(path), options);
    expect((await failure(upload.done, 40_000)).code).toBe('UNAVAILABLE');
    // The record was not written since the middle of the second page.
    await record((before) => ({ ...before, parts: before.parts.slice(0, 1_020) }));
    const { uploadId = '' } = await record();
    const first = await storage.as(MultipartUploads).listParts('k', uploadId);
    expect(first.parts).toHaveLength(1_000);
    calls.clear();
    await (
      await storage.uploads.resume(upload.id, new FileBody(path), { resumable: records })
    ).done;
    expect(calls.get('MultipartUploads.listParts')).toBe(2);
    expect(calls.get('MultipartUploads.putPart')).toBe(PARTS - STORED);
    expect((await storage.bytes('k')).equals(bytes)).toBe(true);
  }, 60_000);
});

describe('uploads', () => {
  const enter = useUploadBench(memory);

  it('are puts with a handle, when they are not resumable', async () => {
    const { storage, records, open } = await enter();
    const upload = await storage.uploads.start('k', 'text', { contentType: 'text/plain' });
    expect((await upload.done).contentType).toBe('text/plain');
    expect((await expectCode(upload.pause(), 'UNSUPPORTED')).reason).toBe('resumable');
    const hanging = open((operation, next) =>
      operation.name === 'put'
        ? new Promise((_, reject) =>
            operation.signal?.addEventListener('abort', () => reject(operation.signal?.reason as Error)),
          )
        : next(operation),
    );
    const stopped = await hanging.uploads.start('m', 'text');
    await stopped.abort();
    expect((await expectCode(stopped.done, 'ABORTED')).reason).toBe('aborted');
    const reports: boolean[] = [];
    for await (const { ended } of stopped.progress) reports.push(ended);
    expect(reports).toEqual([true]);
    expect(await storage.exists('m')).toBe(false);
    expect(await records.list()).toEqual([]);
  });

  it('say that a backend takes no parts', async () => {
    const { records, file } = await enter();
    const poor = new StorageService('poor', withLayers(fakeBackend(), 'poor'));
    const body = new FileBody(file(10).path);
    const error = await expectCode(poor.uploads.start('k', body, { resumable: records }), 'UNSUPPORTED');
    expect(error.message).toContain('MultipartUploads');
    expect(body.destroyed).toBe(true);
    expect(await records.list()).toEqual([]);
    await expectCode(poor.uploads.sweep(), 'UNSUPPORTED');
    expect((await (await poor.uploads.start('k', 'text')).done).key).toBe('k');
  });

  it('are listed by a store that gives records one by one', async () => {
    const { storage, open, records } = await enter();
    const gets: string[] = [];
    const plain: TransferStore = {
      get: (id) => {
        gets.push(id);
        return records.get(id);
      },
      put: (...args) => records.put(...args),
      delete: (id) => records.delete(id),
      list: () => records.list(),
    };
    for (const key of ['a', 'b', 'c']) {
      const upload = await open(failing('MultipartUploads.complete')).uploads.start(key, 'text', {
        resumable: plain,
      });
      await expectCode(upload.done, 'UNAVAILABLE');
    }
    const left = await records.list();
    expect(left).toHaveLength(3);
    gets.length = 0;
    expect((await storage.uploads.list({ resumable: plain })).map(({ id }) => id).sort()).toEqual(
      [...left].sort(),
    );
    expect(gets.sort()).toEqual([...left].sort());
  });

  it('want to know where the records are', async () => {
    const { storage } = await enter();
    const nowhere = {} as { readonly resumable: never };
    expect((await expectCode(storage.uploads.list(nowhere), 'INVALID_ARGUMENT')).reason).toBe('resumable');
    await expectCode(storage.uploads.resume('k', 'text', nowhere), 'INVALID_ARGUMENT');
    await expectCode(storage.uploads.abort('k', nowhere), 'INVALID_ARGUMENT');
  });
});
