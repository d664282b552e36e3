import { expect, it } from '@jest/globals';
import { FileBody } from '../../src/core/file-body.js';
import { MultipartUploads } from '../../src/core/multipart-uploads.js';
import { expectCode } from '../support/errors.js';
import { ELSEWHERE, leaseOf } from './support/owners.js';
import { failing } from './support/upload-bench.js';
import type { UploadsContext } from './uploads.contract.js';

const PUT = 'MultipartUploads.putPart';
const DAY_MS = 86_400_000;

/** Uploads that nobody goes on with. */
export function sweptUploads({ enter, partSize }: UploadsContext): void {
  const bench = async () => {
    const made = await enter();
    const { open, records, storage } = made;
    const { path } = made.file(partSize * 2);
    const leave = async (key: string, scope = open(failing(PUT, 2))) => {
      const options = { resumable: records, partSize, concurrency: 1 };
      const upload = await scope.uploads.start(key, new FileBody(path), options);
      await expectCode(upload.done, 'UNAVAILABLE');
      return upload.id;
    };
    const outcomes = async (options: object, from = storage) =>
      (await from.uploads.sweep({ resumable: records, ...options }))
        .map(({ key, outcome }) => `${key} ${outcome}`)
        .sort();
    return { ...made, path, leave, outcomes };
  };

  it('removes what is old enough, and its record', async () => {
    const { leave, outcomes, pending, records, storage } = await bench();
    await leave('a');
    await storage.as(MultipartUploads).begin('others');
    expect(await outcomes({})).toEqual(['a young', 'others young']);
    expect(await outcomes({ olderThanHours: 1 / 3_600 / 1_000_000, dryRun: true })).toEqual([
      'a removable',
      'others removable',
    ]);
    expect(await pending()).toHaveLength(2);
    expect(await outcomes({ olderThanHours: 0 })).toEqual(['a removed', 'others removed']);
    expect(await pending()).toEqual([]);
    expect(await records.list()).toEqual([]);
    expect(await outcomes({ olderThanHours: 0 })).toEqual([]);
  });

  it('takes an upload for as young as the last work at it', async () => {
    const { leave, outcomes, record } = await bench();
    await leave('a');
    await record((before) => ({ ...before, updatedMs: Date.now() + DAY_MS }));
    expect(await outcomes({ olderThanHours: 1 })).toEqual(['a young']);
    expect(await outcomes({ olderThanHours: 0 })).toEqual(['a removed']);
  });

  it('leaves alone what a process works at', async () => {
    const { leave, outcomes, record, open, records, file, pending } = await bench();
    await leave('a');
    await record((before) => ({ ...before, lease: leaseOf(ELSEWHERE) }));
    let go = (): void => undefined;
    const held = new Promise<void>((resolve) => (go = resolve));
    let waits = (): void => undefined;
    const waiting = new Promise<void>((resolve) => (waits = resolve));
    const slow = open(async (operation, next) => {
      if (operation.name === PUT) {
        waits();
        await held;
      }
      return next(operation);
    });
    const upload = await slow.uploads.start('b', new FileBody(file(3).path), { resumable: records });
    await waiting;
    expect(await outcomes({ olderThanHours: 0 })).toEqual(['a busy', 'b busy']);
    // Its own uploads a process knows without the records.
    expect(await outcomes({ olderThanHours: 0, resumable: undefined, prefix: 'b' }, slow)).toEqual([
      'b busy',
    ]);
    go();
    await upload.done;
    expect((await pending()).map(({ key }) => key)).toEqual(['a']);
  });

  it('stays below its prefix and within its scope', async () => {
    const { leave, outcomes, open, storage, pending } = await bench();
    await leave('x/1');
    await leave('y/1');
    await leave('1', open(failing(PUT, 2)).scoped('t'));
    expect(await outcomes({ olderThanHours: 0, prefix: 'x/' })).toEqual(['x/1 removed']);
    expect(await outcomes({ olderThanHours: 0 }, storage.scoped('t'))).toEqual(['1 removed']);
    expect((await pending()).map(({ key }) => key)).toEqual(['y/1']);
  });

  it('finds what was begun without a record, within its scope and below its prefix', async () => {
    const { storage, outcomes, pending } = await bench();
    const scope = storage.scoped('t/u');
    const none = { olderThanHours: 0, resumable: undefined };
    for (const key of ['a/1', 'a/2', 'b']) await scope.as(MultipartUploads).begin(key);
    for (const key of ['a/1', 't/u', 't/ua', 't/v/a/1']) await storage.as(MultipartUploads).begin(key);
    expect(await outcomes({ ...none, prefix: 'a/' }, scope)).toEqual(['a/1 removed', 'a/2 removed']);
    expect(await outcomes(none, scope)).toEqual(['b removed']);
    expect(await outcomes({ ...none, prefix: 't/u' })).toEqual(['t/u removed', 't/ua removed']);
    expect((await pending()).map(({ key }) => key).sort()).toEqual(['a/1', 't/v/a/1']);
  });

  it('removes a record whose upload is gone', async () => {
    const { leave, outcomes, record, records, storage } = await bench();
    await leave('a');
    await storage.as(MultipartUploads).abort('a', (await record()).uploadId ?? '');
    expect(await outcomes({})).toEqual(['a young']);
    expect(await outcomes({ olderThanHours: 0 })).toEqual(['a removed']);
    expect(await records.list()).toEqual([]);
  });

  it('finds what came of an upload of which nobody knows whether it was begun', async () => {
    const { open, records, path, record, storage, outcomes, pending, file } = await bench();
    const lost = open(failing('MultipartUploads.begin', 1, 'after'));
    const start = lost.uploads.start('a', new FileBody(path), { resumable: records, partSize });
    await expectCode(start, 'UNAVAILABLE');
    const { id, state } = await record();
    expect(state).toBe('intent');
    expect(await pending()).toHaveLength(1);
    const upload = await storage.uploads.resume('a', new FileBody(path), { resumable: records });
    expect(upload.id).toBe(id);
    await upload.done;
    expect(await storage.uploads.list({ resumable: records })).toEqual([]);
    expect(await outcomes({ olderThanHours: 0 })).toEqual(['a removed', 'a removed']);
    expect(await pending()).toEqual([]);
    expect(await records.list()).toEqual([]);
    expect((await storage.head('a')).size).toBe(file(partSize * 2).bytes.length);
  });

  it('keeps the record of an intent while anything of its key is left', async () => {
    const { open, records, path, record, storage, outcomes } = await bench();
    const lost = open(failing('MultipartUploads.begin', 1, 'after'));
    await expectCode(
      lost.uploads.start('a', new FileBody(path), { resumable: records, partSize }),
      'UNAVAILABLE',
    );
    await record((before) => ({ ...before, startedMs: 0 }));
    const denied = open(failing('MultipartUploads.abort'));
    expect(await outcomes({ olderThanHours: 0 }, denied)).toEqual(['a failed', 'a young']);
    expect(await records.list()).toHaveLength(1);
    expect(await outcomes({ olderThanHours: 0 }, storage)).toEqual(['a removed', 'a removed']);
  });

  it('tells what could not be removed, and why', async () => {
    const { leave, open, records, pending } = await bench();
    const id = await leave('a');
    const denied = open(failing('MultipartUploads.abort'));
    const [result] = await denied.uploads.sweep({ resumable: records, olderThanHours: 0 });
    expect(result).toMatchObject({ key: 'a', id, outcome: 'failed', error: { code: 'UNAVAILABLE' } });
    expect(await pending()).toHaveLength(1);
    expect(await records.list()).toEqual([id]);
  });

  it('refuses an age that is none', async () => {
    const { storage } = await enter();
    for (const olderThanHours of [-1, Number.NaN, '1' as unknown as number])
      await expectCode(storage.uploads.sweep({ olderThanHours }), 'INVALID_ARGUMENT');
  });
}
