import { appendFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { FileBody } from '../../src/core/file-body.js';
import { readOnly } from '../../src/layers/read-only.js';
import { sealRecord } from '../../src/transfer/resume/sealed-record.js';
import { bytesOf, streamOf } from '../support/bodies.js';
import { expectCode } from '../support/errors.js';
import { sleep, within } from '../support/within.js';
import { deadPid, ELSEWHERE, leaseOf, parent } from './support/owners.js';
import { failing } from './support/upload-bench.js';
import type { UploadsContext } from './uploads.contract.js';

const PUT = 'MultipartUploads.putPart';

/** Who may go on with an upload, and what is made of records. */
export function recordedUploads({ enter, partSize, ifAbsent }: UploadsContext): void {
  const failed = async () => {
    const bench = await enter();
    const { records, open } = bench;
    const source = bench.file(partSize * 2);
    const options = { resumable: records, partSize, concurrency: 1 };
    const upload = await open(failing(PUT, 2)).uploads.start('k', new FileBody(source.path), options);
    await expectCode(upload.done, 'UNAVAILABLE');
    return { ...bench, source, id: upload.id, options };
  };

  it('lets one of two go on', async () => {
    const { storage, open, source, id, records, calls } = await failed();
    calls.clear();
    const both = [storage, open()].map(({ uploads }) =>
      uploads.resume(id, new FileBody(source.path), { resumable: records }).then(
        async ({ done }) => (await done).size,
        (error: { readonly code: string; readonly reason: string }) => [error.code, error.reason],
      ),
    );
    expect(await Promise.all(both)).toEqual(
      expect.arrayContaining([source.bytes.length, ['CONFLICT', 'busy']]),
    );
    expect(calls.get(PUT)).toBe(1);
  });

  it('is busy while a process lives, or another host has renewed its lease', async () => {
    const { storage, source, id, records, record } = await failed();
    const resumable = records;
    for (const lease of [leaseOf(parent(), 3_600_000), leaseOf({}), leaseOf(ELSEWHERE)]) {
      await record((before) => ({ ...before, lease }));
      const resumed = storage.uploads.resume(id, new FileBody(source.path), { resumable });
      expect((await expectCode(resumed, 'CONFLICT')).reason).toBe('busy');
      expect((await expectCode(storage.uploads.abort(id, { resumable }), 'CONFLICT')).reason).toBe('busy');
      expect((await storage.uploads.list({ resumable }))[0]?.busy).toBe(true);
    }
  });

  it.each([
    ['whose process has ended', async () => leaseOf({ pid: await deadPid() })],
    ['whose host has not renewed it', () => Promise.resolve(leaseOf(ELSEWHERE, 61_000))],
    ['that is of a time to come', () => Promise.resolve(leaseOf(ELSEWHERE, -3_600_000))],
    ['that nobody can read', () => Promise.resolve({ owner: '?', atMs: 0 })],
  ])('takes over a lease %s', async (_, lease) => {
    const { storage, source, id, records, record } = await failed();
    const old = await lease();
    await record((before) => ({ ...before, lease: old }));
    await (
      await storage.uploads.resume(id, new FileBody(source.path), { resumable: records })
    ).done;
    expect((await storage.bytes('k')).equals(source.bytes)).toBe(true);
  });

  it('stops when somebody has taken the upload over', async () => {
    const { open, records, file, record, storage } = await enter();
    const { path, bytes } = file(partSize * 3);
    let sent = 0;
    const slow = open(async (operation, next) => {
      if (operation.name === PUT && ++sent === 2)
        await record((before) => ({ ...before, lease: leaseOf(ELSEWHERE) }));
      if (operation.name === PUT && sent > 2) await sleep(20);
      return next(operation);
    });
    const options = { resumable: records, partSize, concurrency: 1 };
    const upload = await slow.uploads.start('k', new FileBody(path), options);
    const error = await expectCode(upload.done, 'CONFLICT');
    expect(error.reason).toBe('lease-lost');
    expect(await storage.exists('k')).toBe(false);
    expect((await expectCode(upload.abort(), 'CONFLICT')).reason).toBe('busy');
    await record((before) => ({ ...before, lease: undefined }));
    await (
      await storage.uploads.resume(upload.id, new FileBody(path), { resumable: records })
    ).done;
    expect((await storage.bytes('k')).equals(bytes)).toBe(true);
  });

  it.each([
    ['cut', 'INTEGRITY', (path: string) => truncateSync(path, 200)],
    ['empty', 'INTEGRITY', (path: string) => truncateSync(path, 0)],
    ['longer than it was', 'INTEGRITY', (path: string) => appendFileSync(path, '{}\n')],
    ['no record', 'INTEGRITY', (path: string) => writeFileSync(path, 'hello\nworld\n')],
    ['of another thing', 'INTEGRITY', (path: string) => writeFileSync(path, sealRecord('download', 1, {}))],
    ['of another version', 'UNSUPPORTED', (path: string) => writeFileSync(path, sealRecord('upload', 2, {}))],
    [
      'that of another upload',
      'INTEGRITY',
      (path: string) => writeFileSync(path, sealRecord('upload', 1, { id: 'x' })),
    ],
  ] as const)('does not trust a record that is %s', async (_, code, damage) => {
    const { storage, source, id, records } = await failed();
    damage(join(records.path, readdirSync(records.path)[0] ?? ''));
    const resume = (name: string) =>
      storage.uploads.resume(name, new FileBody(source.path), { resumable: records });
    expect((await expectCode(resume(id), code)).reason).toMatch(/^record/);
    expect((await expectCode(resume('k'), 'NOT_FOUND')).message).toContain('1 records cannot be read');
    expect(await storage.uploads.list({ resumable: records })).toEqual([]);
    expect(await storage.uploads.sweep({ resumable: records, olderThanHours: 1_000 })).toEqual(
      expect.arrayContaining([expect.objectContaining({ id, outcome: 'failed' })]),
    );
    await storage
      .scoped('t')
      .uploads.abort(id, { resumable: records })
      .catch(() => undefined);
    expect(await records.list()).toEqual([id]);
    await storage.uploads.abort(id, { resumable: records });
    expect(await records.list()).toEqual([]);
  });

  it('lists uploads, and aborts them by id and by key', async () => {
    const { storage, open, records, file, options, pending, id } = await failed();
    const second = await open(failing(PUT)).uploads.start('m', new FileBody(file(10).path), options);
    await expectCode(second.done, 'UNAVAILABLE');
    const listed = await storage.uploads.list({ resumable: records });
    expect(listed.map(({ key, size, stored, busy }) => ({ key, size, stored, busy }))).toEqual([
      { key: 'k', size: partSize * 2, stored: partSize, busy: false },
      { key: 'm', size: 10, stored: 0, busy: false },
    ]);
    expect(listed[0]?.startedAt.getTime()).toBeLessThanOrEqual(listed[0]?.updatedAt.getTime() ?? 0);
    await storage.uploads.abort('m', { resumable: records });
    await storage.uploads.abort(id, { resumable: records });
    await storage.uploads.abort(id, { resumable: records });
    expect(await pending()).toEqual([]);
    expect(await records.list()).toEqual([]);
  });

  it('asks which of two uploads of one key is meant', async () => {
    const { storage, open, source, options, records, id } = await failed();
    const second = await open(failing(PUT)).uploads.start('k', new FileBody(source.path), options);
    await expectCode(second.done, 'UNAVAILABLE');
    const resume = (name: string) =>
      storage.uploads.resume(name, new FileBody(source.path), { resumable: records });
    const error = await expectCode(resume('k'), 'INVALID_ARGUMENT');
    expect(error.reason).toBe('ambiguous');
    expect(error.message).toContain(id);
    await (
      await resume(second.id)
    ).done;
    await storage.uploads.abort('k', { resumable: records });
  });

  it('knows in a scope its own uploads alone', async () => {
    const { storage, records, source, open, options, pending } = await failed();
    const scope = open(failing(PUT, 2)).scoped('tenant');
    const upload = await scope.uploads.start('k', new FileBody(source.path), options);
    await expectCode(upload.done, 'UNAVAILABLE');
    const keys = async (one: typeof storage) =>
      (await one.uploads.list({ resumable: records })).map(({ key }) => key);
    expect(await keys(storage)).toEqual(['k', 'tenant/k']);
    expect(await keys(storage.scoped('tenant'))).toEqual(['k']);
    expect(await keys(storage.scoped('other'))).toEqual([]);
    const stranger = storage.scoped('other').uploads;
    await expectCode(
      stranger.resume(upload.id, new FileBody(source.path), { resumable: records }),
      'NOT_FOUND',
    );
    await stranger.abort(upload.id, { resumable: records });
    await stranger.sweep({ resumable: records, olderThanHours: 0 });
    expect(await pending()).toHaveLength(2);
    const again = await storage
      .scoped('tenant')
      .uploads.resume('k', new FileBody(source.path), { resumable: records });
    expect((await again.done).key).toBe('k');
    expect((await storage.bytes('tenant/k')).equals(source.bytes)).toBe(true);
    expect(await keys(storage)).toEqual(['k']);
  });

  it('refuses a stream, which is gone with its process', async () => {
    const { storage, records } = await enter();
    const stream = streamOf('abc');
    const error = await expectCode(
      storage.uploads.start('k', stream, { resumable: records }),
      'INVALID_ARGUMENT',
    );
    expect(error.message).toContain('FileBody');
    expect(stream.destroyed).toBe(true);
    expect(await records.list()).toEqual([]);
  });

  it('keeps no record of what is refused at once', async () => {
    const { storage, open, records, file } = await enter();
    const { path } = file(10);
    const start = (one: typeof storage, key: string, options: object) =>
      one.uploads.start(key, new FileBody(path), { resumable: records, partSize, ...options });
    await expectCode(start(storage, '../k', {}), 'INVALID_ARGUMENT');
    await expectCode(start(storage, 'k', { size: 11 }), 'INVALID_ARGUMENT');
    await expectCode(start(storage, 'k', { ifAbsent: true, ifMatch: 'x' }), 'INVALID_ARGUMENT');
    await expectCode(start(storage, 'k', { nothing: 1 }), 'UNSUPPORTED');
    await expectCode(start(open(readOnly()), 'k', {}), 'PERMISSION_DENIED');
    await expectCode(
      storage.uploads.start('k', new FileBody(`${path}-none`), { resumable: records }),
      'INVALID_ARGUMENT',
    );
    await expectCode(start(storage, 'k', { signal: AbortSignal.abort() }), 'ABORTED');
    expect(await records.list()).toEqual([]);
  });

  const conditional = ifAbsent ? it : it.skip;
  conditional('keeps the upload when a condition fails, to be aborted or resumed', async () => {
    const { storage, records, pending } = await enter();
    await storage.put('k', 'old');
    const upload = await storage.uploads.start('k', bytesOf(partSize), {
      resumable: records,
      ifAbsent: true,
    });
    await expectCode(upload.done, 'ALREADY_EXISTS');
    await storage.delete('k');
    const again = await storage.uploads.resume(upload.id, bytesOf(partSize), { resumable: records });
    expect((await again.done).size).toBe(partSize);
    expect(await pending()).toEqual([]);
  });

  const unconditional = ifAbsent ? it.skip : it;
  unconditional(
    'refuses a condition that the backend does not hold to, before anything is begun',
    async () => {
      const { open, records, pending, file } = await enter();
      const sent: string[] = [];
      const watched = open((operation, next) => {
        sent.push(operation.name);
        return next(operation);
      });
      const body = new FileBody(file(partSize * 2).path);
      const options = { resumable: records, partSize, ifAbsent: true };
      const error = await expectCode(watched.uploads.start('k', body, options), 'UNSUPPORTED');
      expect(error.reason).toBe('completeIfAbsent');
      expect(body.destroyed).toBe(true);
      expect(sent).toEqual(['MultipartUploads.checkConditions']);
      expect(await records.list()).toEqual([]);
      expect(await pending()).toEqual([]);
    },
  );

  it('removes everything when its handle is aborted, and keeps it when its signal is', async () => {
    const { open, records, pending, file, storage } = await enter();
    const hanging = open((operation, next) =>
      operation.name === PUT
        ? new Promise((_, reject) =>
            operation.signal?.addEventListener('abort', () => reject(operation.signal?.reason as Error)),
          )
        : next(operation),
    );
    const { path } = file(partSize);
    const controller = new AbortController();
    const options = { resumable: records, partSize, signal: controller.signal };
    const kept = await hanging.uploads.start('a', new FileBody(path), options);
    controller.abort();
    await expectCode(kept.done, 'ABORTED');
    const gone = await hanging.uploads.start('b', new FileBody(path), { resumable: records, partSize });
    await within(gone.abort(), 'the abort');
    expect((await expectCode(gone.done, 'ABORTED')).reason).toBe('aborted');
    expect((await pending()).map(({ key }) => key)).toEqual(['a']);
    expect((await storage.uploads.list({ resumable: records })).map(({ key }) => key)).toEqual(['a']);
  });
}
