import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { StorageError } from '../../src/core/error.js';
import { FileBody } from '../../src/core/file-body.js';
import { MultipartUploads } from '../../src/core/multipart-uploads.js';
import { bytesOf } from '../support/bodies.js';
import { expectCode } from '../support/errors.js';
import { within } from '../support/within.js';
import { failing, rewrite } from './support/upload-bench.js';
import type { UploadsContext } from './uploads.contract.js';

const PUT = 'MultipartUploads.putPart';

/** Uploads that fail half way, and go on. */
export function resumedUploads({ enter, partSize, ifAbsent }: UploadsContext): void {
  /** A file of five parts of which two are stored, by an upload that has failed. */
  const half = async (size = partSize * 4 + 1) => {
    const bench = await enter();
    const { records, open, calls } = bench;
    const source = bench.file(size);
    const broken = open(failing(PUT, 3));
    const upload = await broken.uploads.start('a/film.bin', new FileBody(source.path), {
      resumable: records,
      partSize,
      concurrency: 1,
      contentType: 'video/mp4',
      metadata: { tone: 'blue' },
    });
    await expectCode(upload.done, 'UNAVAILABLE');
    calls.clear();
    return { ...bench, source, id: upload.id, resumable: records };
  };

  it('stores a file, and leaves nothing else', async () => {
    const { storage, records, file, pending } = await enter();
    const { path, bytes } = file(partSize * 2 + 7);
    const upload = await storage.uploads.start('a.bin', new FileBody(path), { resumable: records, partSize });
    expect((await upload.done).size).toBe(bytes.length);
    expect((await storage.bytes('a.bin')).equals(bytes)).toBe(true);
    expect(readdirSync(records.path)).toEqual([]);
    expect(await pending()).toEqual([]);
  });

  it('stores bytes, a string and an empty file', async () => {
    const { storage, records, file, pending } = await enter();
    const options = { resumable: records, partSize };
    const bytes = bytesOf(partSize + 1);
    await (
      await storage.uploads.start('bytes', bytes, options)
    ).done;
    await (
      await storage.uploads.start('text.txt', 'Grüße', options)
    ).done;
    await (
      await storage.uploads.start('empty', new FileBody(file(0).path), options)
    ).done;
    expect((await storage.bytes('bytes')).equals(bytes)).toBe(true);
    expect(await storage.text('text.txt')).toBe('Grüße');
    expect((await storage.head('text.txt')).contentType).toBe('text/plain');
    expect((await storage.bytes('empty')).length).toBe(0);
    expect(await pending()).toEqual([]);
  });

  it('goes on where it failed, and sends nothing twice', async () => {
    const { storage, calls, source, id, resumable, pending } = await half();
    expect(await pending()).toHaveLength(1);
    const upload = await storage.uploads.resume(id, new FileBody(source.path), { resumable });
    expect(upload.id).toBe(id);
    expect(upload.key).toBe('a/film.bin');
    await upload.done;
    expect(calls.get(PUT)).toBe(3);
    expect((await storage.bytes('a/film.bin')).equals(source.bytes)).toBe(true);
    const { contentType, metadata } = await storage.head('a/film.bin');
    expect({ contentType, metadata }).toEqual({ contentType: 'video/mp4', metadata: { tone: 'blue' } });
    expect(await pending()).toEqual([]);
    expect(await resumable.list()).toEqual([]);
  });

  it('goes on by its key', async () => {
    const { storage, calls, source, resumable } = await half();
    await (
      await storage.uploads.resume('a/film.bin', new FileBody(source.path), { resumable })
    ).done;
    expect(calls.get(PUT)).toBe(3);
  });

  it('goes on with bytes that are the same', async () => {
    const { storage, records, open, calls } = await enter();
    const bytes = bytesOf(partSize * 3);
    const options = { resumable: records, partSize, concurrency: 1 };
    const upload = await open(failing(PUT, 2)).uploads.start('b', bytes, options);
    await expectCode(upload.done, 'UNAVAILABLE');
    calls.clear();
    const error = await expectCode(
      storage.uploads.resume(upload.id, bytesOf(partSize * 3, 2), { resumable: records }),
      'ABORTED',
    );
    expect(error.reason).toBe('changed');
    const again = await storage.uploads.resume(upload.id, Buffer.from(bytes), { resumable: records });
    await again.done;
    expect(calls.get(PUT)).toBe(2);
    expect((await storage.bytes('b')).equals(bytes)).toBe(true);
  });

  it('finds parts that no record tells of', async () => {
    const { storage, calls, source, id, resumable, record } = await half();
    await record((before) => ({ ...before, parts: [] }));
    await (
      await storage.uploads.resume(id, new FileBody(source.path), { resumable })
    ).done;
    expect(calls.get(PUT)).toBe(3);
  });

  it('sends a part that the record tells of and the backend has not', async () => {
    const { storage, calls, source, id, resumable, record } = await half();
    await record((before) => ({
      ...before,
      parts: [...before.parts, { number: 4, size: partSize, etag: 'lost' }],
    }));
    await (
      await storage.uploads.resume(id, new FileBody(source.path), { resumable })
    ).done;
    expect(calls.get(PUT)).toBe(3);
    expect((await storage.bytes('a/film.bin')).equals(source.bytes)).toBe(true);
  });

  it('sends a part again that somebody has replaced, by other bytes or by fewer', async () => {
    const { storage, calls, source, id, resumable, record } = await half();
    const { uploadId = '' } = await record();
    const parts = storage.as(MultipartUploads);
    await parts.putPart('a/film.bin', uploadId, 1, bytesOf(partSize, 9));
    await parts.putPart('a/film.bin', uploadId, 2, bytesOf(partSize - 1, 9));
    calls.clear();
    await (
      await storage.uploads.resume(id, new FileBody(source.path), { resumable })
    ).done;
    expect(calls.get(PUT)).toBe(5);
    expect((await storage.bytes('a/film.bin')).equals(source.bytes)).toBe(true);
  });

  it.each([
    ['its size', (path: string, bytes: Buffer) => writeFileSync(path, bytes.subarray(1))],
    ['its time', (path: string) => utimesSync(path, new Date(0), new Date(1_000))],
    ['its end', (path: string, bytes: Buffer) => flip(path, bytes, bytes.length - 1)],
    ['the middle of what is stored', (path: string, bytes: Buffer) => flip(path, bytes, 70_000)],
  ])('refuses a source of which %s has changed, and begins again when it is told to', async (_, change) => {
    const { storage, calls, source, id, resumable, pending } = await half();
    change(source.path, source.bytes);
    const error = await expectCode(
      storage.uploads.resume(id, new FileBody(source.path), { resumable }),
      'ABORTED',
    );
    expect(error.reason).toBe('changed');
    expect(await storage.exists('a/film.bin')).toBe(false);
    const again = await storage.uploads.resume(id, new FileBody(source.path), { resumable, restart: true });
    await again.done;
    expect((await storage.head('a/film.bin')).size).toBe(statSync(source.path).size);
    expect(calls.get('MultipartUploads.abort')).toBe(1);
    expect(await pending()).toEqual([]);
    expect(await resumable.list()).toEqual([]);
  });

  it('says when the backend has the upload no more, and begins again when it is told to', async () => {
    const { storage, source, id, resumable, record } = await half();
    const { uploadId = '' } = await record();
    await storage.as(MultipartUploads).abort('a/film.bin', uploadId);
    const error = await expectCode(
      storage.uploads.resume(id, new FileBody(source.path), { resumable }),
      'NOT_FOUND',
    );
    expect(error.reason).toBe('upload');
    expect(error.message).toContain('restart');
    const options = { resumable, restart: true };
    await (
      await storage.uploads.resume(id, new FileBody(source.path), options)
    ).done;
    expect((await storage.bytes('a/film.bin')).equals(source.bytes)).toBe(true);
  });

  it('succeeds when the object was complete before its record went', async () => {
    const { storage, open, records, calls, file, record } = await enter();
    const { path, bytes } = file(partSize * 2);
    const options = { resumable: records, partSize, ifAbsent };
    const lost = open(failing('MultipartUploads.complete', 1, 'after'));
    const upload = await lost.uploads.start('done.bin', new FileBody(path), options);
    await expectCode(upload.done, 'UNAVAILABLE');
    const { etag } = await storage.head('done.bin');
    expect((await record()).state).toBe('completing');
    calls.clear();
    const again = await storage.uploads.resume(upload.id, new FileBody(path), { resumable: records });
    const reports: number[] = [];
    for await (const { bytes: sent } of again.progress) reports.push(sent);
    expect((await again.done).etag).toBe(etag);
    expect(reports.at(-1)).toBe(bytes.length);
    expect(calls.get(PUT)).toBeUndefined();
    expect(await records.list()).toEqual([]);
  });

  it('takes the same bytes of somebody else for its own, unless it was to be the first', async () => {
    const { storage, open, records, file, record } = await enter();
    const { path, bytes } = file(partSize);
    const lost = open(failing('MultipartUploads.complete'));
    const resumed = async (first: boolean) => {
      const options = { resumable: records, partSize, ifAbsent: first };
      const upload = await lost.uploads.start('k', new FileBody(path), options);
      await expectCode(upload.done, 'UNAVAILABLE');
      await storage.as(MultipartUploads).abort('k', (await record()).uploadId ?? '');
      await storage.put('k', bytes);
      return storage.uploads.resume(upload.id, new FileBody(path), { resumable: records });
    };
    const { checksum } = await storage.put('k', bytes);
    await storage.delete('k');
    if (ifAbsent) {
      // MinIO looks at the condition first.
      await expectCode(resumed(true), 'NOT_FOUND', 'ALREADY_EXISTS');
      await storage.uploads.abort('k', { resumable: records });
    }
    if (checksum?.algorithm === 'crc32') expect((await (await resumed(false)).done).size).toBe(partSize);
  });

  it.each(['before', 'after'] as const)(
    'looks again when the parts do not fit, %s the object is made',
    async (when) => {
      const { open, records, file, calls, storage } = await enter();
      const { path, bytes } = file(partSize * 2);
      let failures = 0;
      const unsettled = open(async (operation, next) => {
        if (operation.name !== 'MultipartUploads.complete' || ++failures > 1) return next(operation);
        if (when === 'after') await next(operation);
        throw new StorageError('INTEGRITY', 'The parts have another checksum', { reason: 'checksum' });
      });
      const upload = await unsettled.uploads.start('k', new FileBody(path), { resumable: records, partSize });
      expect((await upload.done).size).toBe(bytes.length);
      expect(calls.get(PUT)).toBe(2);
      expect((await storage.bytes('k')).equals(bytes)).toBe(true);
      expect(await records.list()).toEqual([]);
    },
  );

  it('pauses, and goes on', async () => {
    const { storage, records, open, file, calls, pending } = await enter();
    const { path, bytes } = file(partSize * 4);
    let parts = 0;
    let reached = (): void => undefined;
    const second = new Promise<void>((resolve) => (reached = resolve));
    const slow = open(async (operation, next) => {
      if (operation.name === PUT && ++parts > 2) {
        reached();
        await new Promise((_, reject) =>
          operation.signal?.addEventListener('abort', () => reject(operation.signal?.reason as Error)),
        );
      }
      return next(operation);
    });
    const options = { resumable: records, partSize, concurrency: 1 };
    const upload = await slow.uploads.start('p.bin', new FileBody(path), options);
    await within(second, 'the third part');
    await upload.pause();
    expect((await expectCode(upload.done, 'ABORTED')).reason).toBe('paused');
    expect((await storage.uploads.list({ resumable: records }))[0]?.busy).toBe(false);
    calls.clear();
    await (
      await storage.uploads.resume(upload.id, new FileBody(path), { resumable: records })
    ).done;
    expect(calls.get(PUT)).toBe(2);
    expect((await storage.bytes('p.bin')).equals(bytes)).toBe(true);
    expect(await pending()).toEqual([]);
  });

  it('counts what was stored before as done', async () => {
    const { storage, source, id, resumable } = await half();
    const told: number[] = [];
    const options = { resumable, onProgress: ({ bytes }: { readonly bytes: number }) => told.push(bytes) };
    const upload = await storage.uploads.resume(id, new FileBody(source.path), options);
    await upload.done;
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(source.bytes.length);
  });
}

function flip(path: string, bytes: Buffer, at: number): void {
  const { mtime } = statSync(path);
  const other = Buffer.from(bytes);
  other[at] = (other[at] ?? 0) ^ 1;
  rewrite(path, other, mtime);
}
