import { once } from 'node:events';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { withLayers } from '../../src/core/layered-backend.js';
import { MultipartUploads } from '../../src/core/multipart-uploads.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { DirectoryTransferStore } from '../../src/transfer/resume/directory-transfer-store.js';
import { sealRecord } from '../../src/transfer/resume/sealed-record.js';
import type { UploadRecord } from '../../src/transfer/resume/upload-record.js';
import { failure } from '../support/errors.js';
import { within } from '../support/within.js';
import { useFolder } from './support/folders.js';

const any = <T>(value: unknown) => value as T;

describe('what nobody would act upon', () => {
  const folder = useFolder();
  const open = () => new StorageService('files', new MemoryBackend());

  it('is refused by a sweep, before it removes anything', async () => {
    const files = open();
    const uploads = files.as(MultipartUploads);
    await uploads.begin('old');
    for (const [options, reason] of [
      [{ dryrun: true, olderThanHours: 0 }, 'dryrun'],
      [{ prefix: 5, olderThanHours: 0 }, 'prefix'],
      [{ resumable: {}, olderThanHours: 0 }, 'resumable'],
      [{ resumable: null, olderThanHours: 0 }, 'resumable'],
    ] as const) {
      const { code, reason: why } = await failure(files.uploads.sweep(any(options)));
      expect({ code, why }).toEqual({ code: 'INVALID_ARGUMENT', why: reason });
    }
    expect((await uploads.list()).uploads).toHaveLength(1);
  });

  it('is refused by batches and copies, before they replace anything', async () => {
    const [files, other] = [open(), open()];
    await files.put('a', 'mine');
    await other.put('a', 'theirs');
    const put = files.putMany([{ key: 'a', body: 'new' }], any({ ifAbsent: true }));
    expect(await failure(put)).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'ifAbsent' });
    for (const copy of [
      () => files.copyTo('a', other, 'a', any({ ifabsent: true })),
      () => files.moveTo('a', other, 'a', any({ ifabsent: true })),
    ])
      expect(await failure(copy())).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'ifabsent' });
    expect([await files.text('a'), await other.text('a')]).toEqual(['mine', 'theirs']);
  });

  it('is refused by a start, before there is a record or an upload', async () => {
    const files = open();
    const resumable = new DirectoryTransferStore(folder.at('records'));
    for (const options of [
      { resumable: null },
      { resumable: {} },
      { resumable, partSize: NaN },
      { resumable, partSize: -1 },
      { resumable, concurrency: 0 },
      { resumable, onProgress: 5 },
    ])
      expect(await failure(files.uploads.start('k', 'text', any(options)))).toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
    expect(await resumable.list()).toEqual([]);
    expect((await files.as(MultipartUploads).list()).uploads).toEqual([]);
  });
});

describe('a slip in plain JavaScript', () => {
  const folder = useFolder();
  const open = () => new StorageService('files', new MemoryBackend());
  const refused = async (work: Promise<unknown>, reason: string) =>
    expect(await failure(work)).toMatchObject({ code: 'INVALID_ARGUMENT', reason });

  it('is refused by each method of uploads in parts', async () => {
    const uploads = open().as(MultipartUploads);
    const { uploadId } = await uploads.begin('k');
    const part = await uploads.putPart('k', uploadId, 1, Buffer.from('x'));
    const methods: readonly ((options: never) => Promise<unknown>)[] = [
      (options) => uploads.checkConditions('k', options),
      (options) => uploads.begin('k', options),
      (options) => uploads.putPart('k', uploadId, 1, Buffer.from('y'), options),
      (options) => uploads.listParts('k', uploadId, options),
      (options) => uploads.complete('k', uploadId, [part], options),
      (options) => uploads.abort('k', uploadId, options),
      (options) => uploads.list(options),
    ];
    for (const method of methods) {
      await refused(method(any({ olderThan: 1 })), 'olderThan');
      for (const signal of [5, 'now', {}, new AbortController()])
        await refused(method(any({ signal })), 'signal');
    }
    for (const name of ['partSize', 'concurrency', 'onProgress', 'contentTyp'])
      await refused(uploads.begin('k', any({ [name]: 1 })), name);
    expect((await uploads.list({ prefix: undefined })).uploads).toHaveLength(1);
    expect((await uploads.listParts('k', uploadId)).parts).toEqual([part]);
  });

  it('is refused without layers around it, too', async () => {
    const uploads = new MemoryBackend().capability(MultipartUploads);
    if (!uploads) throw new Error('There are none');
    await refused(uploads.begin('k', any({ metdata: {} })), 'metdata');
    await refused(uploads.list(any({ signal: 5 })), 'signal');
  });

  it('is refused by uploads with a handle, and their source is closed', async () => {
    const { uploads } = open();
    const resumable = new DirectoryTransferStore(folder.at('records'));
    for (const signal of [5, {}, new AbortController()] as never[]) {
      const stream = Readable.from(['x']);
      const closed = once(stream, 'close');
      await refused((await uploads.start('k', stream, { signal })).done, 'signal');
      await within(closed, 'closing');
      expect(stream.destroyed).toBe(true);
      await refused(uploads.start('k', 'text', { resumable, signal }), 'signal');
      await refused(uploads.resume('k', 'text', { resumable, signal }), 'signal');
      await refused(uploads.list({ resumable, signal }), 'signal');
      await refused(uploads.abort('k', { resumable, signal }), 'signal');
      await refused(uploads.sweep({ resumable, signal }), 'signal');
    }
    const slip = any<{ readonly resumable: DirectoryTransferStore }>({ resumable, restrat: true });
    await refused(uploads.resume('k', 'text', slip), 'restrat');
    await refused(uploads.list(slip), 'restrat');
    await refused(uploads.abort('k', slip), 'restrat');
    expect(await resumable.list()).toEqual([]);
  });

  it('is refused by operations, batches, copies and downloads', async () => {
    const files = open();
    await files.put('a', 'x');
    const layered = new StorageService(
      'layered',
      withLayers(new MemoryBackend(), 'layered', [(call, next) => next(call)]),
    );
    const options = any<{ readonly signal: AbortSignal }>({ signal: 5 });
    for (const storage of [files, layered]) {
      await refused(storage.put('k', 'x', options), 'signal');
      await refused(storage.get('a', options), 'signal');
      await refused(storage.list('', options).next(), 'signal');
    }
    await refused(files.download('a', { to: folder.at('to'), ...options }), 'signal');
    await refused(files.copyTo('a', layered, 'a', options), 'signal');
    await refused(files.moveTo('a', layered, 'a', options), 'signal');
    await refused(files.putMany([{ key: 'k', body: 'x' }], options), 'signal');
    expect(await files.exists('k')).toBe(false);
  });
});

describe('a record that is sealed, and none', () => {
  const folder = useFolder();

  it('stops no list and no sweep, and is never gone on with', async () => {
    const files = new StorageService('files', new MemoryBackend());
    const resumable = new DirectoryTransferStore(folder.at('records'));
    const id = 'a'.repeat(32);
    const whole: UploadRecord = {
      ...{ id, storage: 'files', key: 'k', state: 'begun', uploadId: 'u', partSize: 5, begin: {} },
      ...{ conditions: {}, parts: [], startedMs: 1, updatedMs: 1 },
      source: { kind: 'bytes', size: 4, sha256: '' },
    };
    const broken: readonly object[] = [
      [],
      ...['key', 'storage', 'state', 'begin', 'conditions', 'source', 'parts', 'updatedMs'].map((name) => ({
        ...whole,
        [name]: undefined,
      })),
      ...[0, -5, 0.5, '5'].map((partSize) => ({ ...whole, partSize })),
      { ...whole, uploadId: 5 },
      { ...whole, parts: [null] },
      { ...whole, lease: {} },
    ];
    for (const record of broken) {
      await resumable.put(id, sealRecord('upload', 1, record), undefined);
      expect(await files.uploads.list({ resumable })).toEqual([]);
      expect(await files.uploads.sweep({ resumable, olderThanHours: 0 })).toMatchObject([
        { id, outcome: 'failed', error: { code: 'INTEGRITY', reason: 'record' } },
      ]);
      expect(await failure(files.uploads.resume(id, 'text', { resumable }))).toMatchObject({
        code: 'INTEGRITY',
        reason: 'record',
      });
      await files.uploads.abort(id, { resumable });
      expect(await resumable.list()).toEqual([]);
    }
  });
});
