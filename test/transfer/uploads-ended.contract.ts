import { expect, it } from '@jest/globals';
import { StorageError } from '../../src/core/error.js';
import { FileBody } from '../../src/core/file-body.js';
import { MultipartUploads } from '../../src/core/multipart-uploads.js';
import type { TransferProgress } from '../../src/core/progress.js';
import { bytesOf } from '../support/bodies.js';
import { expectCode } from '../support/errors.js';
import { failing } from './support/upload-bench.js';
import type { UploadsContext } from './uploads.contract.js';

const PUT = 'MultipartUploads.putPart';
const COMPLETE = 'MultipartUploads.complete';

/** What becomes of uploads when they are completed. */
export function endedUploads({ enter, partSize }: UploadsContext): void {
  it('looks again for its parts when one has been replaced before the end', async () => {
    const { storage, open, records, file, calls, pending } = await enter();
    const { path, bytes } = file(partSize * 2 + 1);
    let completions = 0;
    const raced = open(async (operation, next) => {
      if (operation.name === COMPLETE && ++completions === 1) {
        const [upload] = await pending();
        const late = bytesOf(partSize, 9);
        await storage.as(MultipartUploads).putPart('a', upload?.uploadId ?? '', 1, late);
        calls.clear();
      }
      return next(operation);
    });
    const upload = await raced.uploads.start('a', new FileBody(path), { resumable: records, partSize });
    await upload.done;
    expect(completions).toBe(2);
    // That part alone is sent again.
    expect(calls.get(PUT)).toBe(1);
    expect((await storage.bytes('a')).equals(bytes)).toBe(true);
    expect(await records.list()).toEqual([]);
    expect(await pending()).toEqual([]);
  });

  it('tells the rate of what is sent, and not of what was stored before', async () => {
    const { storage, open, records, file } = await enter();
    const { path, bytes } = file(partSize * 2 + 1);
    const options = { resumable: records, partSize };
    const broken = await open(failing(COMPLETE)).uploads.start('a', new FileBody(path), options);
    await expectCode(broken.done, 'UNAVAILABLE');
    const told: TransferProgress[] = [];
    const onProgress = (progress: TransferProgress) => told.push(progress);
    await (
      await storage.uploads.resume('a', new FileBody(path), { resumable: records, onProgress })
    ).done;
    expect(told.at(-1)).toMatchObject({ bytes: bytes.length, parts: 3, ended: true });
    expect(told.map(({ rate }) => rate)).toEqual(told.map(() => 0));
  });

  const unknown = async (when: 'before' | 'after') => {
    const bench = await enter();
    const { open, records, file, calls } = bench;
    const lost = open(async (operation, next) => {
      if (operation.name !== COMPLETE) return next(operation);
      if (when === 'after') await next(operation);
      throw new StorageError('OUTCOME_UNKNOWN', 'The answer was lost');
    });
    const options = { resumable: records, partSize };
    const upload = await lost.uploads.start('a', new FileBody(file(partSize + 1).path), options);
    await expectCode(upload.done, 'OUTCOME_UNKNOWN');
    calls.clear();
    return { ...bench, upload };
  };

  it('are not aborted while they may just become the object', async () => {
    const { upload, storage, records, record, pending, calls } = await unknown('before');
    const sweep = () => storage.uploads.sweep({ resumable: records, olderThanHours: 0 });
    await expectCode(upload.abort(), 'OUTCOME_UNKNOWN');
    await expectCode(storage.uploads.abort('a', { resumable: records }), 'OUTCOME_UNKNOWN');
    expect(await sweep()).toMatchObject([{ key: 'a', outcome: 'young' }]);
    expect(calls.get('MultipartUploads.abort')).toBeUndefined();
    expect(await pending()).toHaveLength(1);
    await record((before) => ({ ...before, unsureMs: Date.now() - 300_001 }));
    await storage.uploads.abort('a', { resumable: records });
    expect(await pending()).toEqual([]);
    expect(await records.list()).toEqual([]);
  }, 30_000);

  it('leave the object alone that they have become, and no record', async () => {
    const { upload, storage, records, calls } = await unknown('after');
    await upload.abort();
    expect(calls.get('MultipartUploads.abort')).toBeUndefined();
    expect((await storage.head('a')).size).toBe(partSize + 1);
    expect(await records.list()).toEqual([]);
  });
}
