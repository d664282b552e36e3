import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate as tick } from 'node:timers/promises';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import type { Body } from '../../src/core/backend.js';
import { StorageError } from '../../src/core/error.js';
import { FileBody } from '../../src/core/file-body.js';
import { MultipartUploads } from '../../src/core/multipart-uploads.js';
import type { PutOptions } from '../../src/core/options.js';
import type { PartStore, UploadedPart } from '../../src/core/part-store.js';
import { ProgressFeed } from '../../src/core/progress-feed.js';
import { ProgressMeter } from '../../src/core/progress-meter.js';
import type { TransferProgress } from '../../src/core/progress.js';
import { TransferMemory } from '../../src/core/transfer-memory.js';
import { uploadParts } from '../../src/transfer/upload/upload-parts.js';
import { upload, type UploadTools } from '../../src/transfer/upload/upload.js';
import { bytesOf, failing, KIB, MIB, readAll, released, stalled } from '../support/bodies.js';
import { expectCode, failure } from '../support/errors.js';
import { partStoreOf, type StoreChanges } from '../support/part-store.js';
import { within } from '../support/within.js';

const PART = 64 * KIB;
let backend: MemoryBackend;
let uploads: MultipartUploads;
let memory: TransferMemory;
let folder: string;

beforeEach(async () => {
  backend = new MemoryBackend();
  const found = backend.capability(MultipartUploads);
  if (!found) throw new Error('The memory backend has no uploads in parts');
  uploads = found;
  memory = new TransferMemory(4 * MIB);
  folder = await mkdtemp(join(tmpdir(), 'upload-'));
});

afterEach(async () => {
  // Whatever happened, nobody holds memory and no upload is left.
  expect({ held: memory.held, queue: memory.queue }).toEqual({ held: 0, queue: 0 });
  expect((await uploads.list()).uploads).toEqual([]);
  memory.clear();
  await rm(folder, { recursive: true, force: true });
});

const tools = (more: Partial<UploadTools> = {}): UploadTools => ({
  memory,
  running: uploads.running,
  classify: (error) => backend.errorCode(error),
  ...more,
});

const store = (changes?: StoreChanges): PartStore => partStoreOf(uploads, changes);

async function stored(key = 'k'): Promise<Buffer> {
  return readAll((await backend.get(key, {})).body);
}

async function fileOf(bytes: Buffer): Promise<FileBody> {
  const path = join(folder, 'source');
  await writeFile(path, bytes);
  return new FileBody(path);
}

/** A stream of `bytes` in chunks of `size`. */
function chunked(bytes: Buffer, size: number): Readable {
  let at = 0;
  return new Readable({
    read() {
      if (at >= bytes.length) return void this.push(null);
      this.push(bytes.subarray(at, (at += size)));
    },
  });
}

function put(body: Body, options: PutOptions = {}, changes?: StoreChanges, more?: Partial<UploadTools>) {
  return within(upload(store(changes), 'k', body, { partSize: PART, ...options }, tools(more)), 'the upload');
}

describe('upload', () => {
  const sizes = [0, 1, KIB, PART - 1, PART, PART + 1, 3 * PART - 1, 3 * PART, 3 * PART + 1, 10 * PART];
  it.each(sizes)('stores %p bytes from memory, a file and a stream', async (size) => {
    const bytes = bytesOf(size);
    const parts: number[] = [];
    const seen: StoreChanges = {
      putPart: (key, id, number, part, options) => {
        parts.push(part.byteLength);
        return uploads.putPart(key, id, number, part, options);
      },
    };
    const sources = [
      () => bytes,
      () => fileOf(bytes),
      () => chunked(bytes, 7_001),
      () => chunked(bytes, 3 * PART),
    ];
    for (const source of sources) {
      for (const declared of [undefined, size]) {
        parts.length = 0;
        const info = await put(await source(), { size: declared, contentType: 'image/png' }, seen);
        expect(info).toMatchObject({ key: 'k', size, contentType: 'image/png' });
        expect((await stored()).equals(bytes)).toBe(true);
        expect(parts).toHaveLength(Math.max(1, Math.ceil(size / PART)));
        expect(parts.filter((length) => length === PART)).toHaveLength(Math.floor(size / PART));
      }
    }
  });

  it('stores any stream, in any chunks, with any concurrency, with little memory', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 5_000 }), { maxLength: 30 }),
        fc.integer({ min: 100, max: 4_000 }),
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        async (chunks, partSize, concurrency, slow) => {
          const whole = bytesOf(chunks.reduce((sum, size) => sum + size, 0));
          const pieces: Buffer[] = [];
          for (let at = 0, i = 0; i < chunks.length; at += chunks[i++] ?? 0)
            pieces.push(whole.subarray(at, at + (chunks[i] ?? 0)));
          const source = Readable.from(pieces, { objectMode: false });
          const scarce = new TransferMemory(5_000);
          let atOnce = 0;
          let most = 0;
          const changes: StoreChanges = {
            putPart: async (key, id, number, part, options) => {
              most = Math.max(most, ++atOnce);
              if (slow) await tick();
              const done = await uploads.putPart(key, id, number, part, options);
              atOnce--;
              return done;
            },
          };
          await put(source, { partSize, concurrency }, changes, { memory: scarce });
          expect((await stored()).equals(whole)).toBe(true);
          expect(most).toBeLessThanOrEqual(concurrency);
          expect(scarce.held).toBe(0);
          scarce.clear();
        },
      ),
      { numRuns: 100 },
    );
  }, 60_000);

  it('shares its memory among many, slow ones too', async () => {
    memory.clear();
    memory = new TransferMemory(2 * PART);
    const bytes = bytesOf(3 * PART + 5);
    const idle = stalled();
    const abort = new AbortController();
    const waiting = upload(store(), 'idle', idle, { signal: abort.signal, partSize: PART }, tools());
    waiting.catch(() => undefined);
    const many = Array.from({ length: 12 }, (_, i) =>
      upload(store(), `k${i}`, chunked(bytes, 1_000 * (i + 1)), { partSize: PART }, tools()),
    );
    await within(Promise.all(many), 'the uploads', 15_000);
    for (let i = 0; i < 12; i++) expect((await stored(`k${i}`)).equals(bytes)).toBe(true);
    abort.abort();
    await expectCode(waiting, 'ABORTED');
  });

  it('hands a stream of at most one part to whoever stores it as a whole, and begins no upload', async () => {
    let begun = 0;
    const changes: StoreChanges = {
      begin: (key, options) => {
        begun++;
        return uploads.begin(key, options);
      },
    };
    for (const size of [0, 1, PART - 1, PART]) {
      const bytes = bytesOf(size);
      const whole = (content: Uint8Array) => backend.put('k', content, {});
      const info = await put(chunked(bytes, 999), {}, changes, { whole });
      expect(info.size).toBe(size);
      expect((await stored()).equals(bytes)).toBe(true);
    }
    expect(begun).toBe(0);
    const whole = () => Promise.reject(new Error('It is too large'));
    await put(chunked(bytesOf(PART + 1), 999), {}, changes, { whole });
    expect(begun).toBe(1);
    const refusal = new StorageError('UNAVAILABLE', 'Later');
    await expectCode(
      put(chunked(bytesOf(1), 1), {}, {}, { whole: () => Promise.reject(refusal) }),
      'UNAVAILABLE',
    );
  });

  it('holds to the size that was declared, and stores nothing of another', async () => {
    const bytes = bytesOf(2 * PART);
    for (const size of [0, 1, 2 * PART - 1, 2 * PART + 1, 9 * PART]) {
      for (const source of [bytes, await fileOf(bytes), chunked(bytes, 5_000)]) {
        const error = await expectCode(put(source, { size }), 'INVALID_ARGUMENT');
        expect(error.reason).toBe('size');
        if (source instanceof Readable) await released(source);
      }
    }
    await expectCode(backend.head('k', {}), 'NOT_FOUND');
  });

  it('leaves nothing of a stream that fails half way', async () => {
    const error = await expectCode(put(failing(new Error('gone'), bytesOf(3 * PART))), 'ABORTED');
    expect(error).toMatchObject({ reason: 'body' });
    await expectCode(backend.head('k', {}), 'NOT_FOUND');
  });

  it('refuses a stream that grows beyond what fits, before a part too many is sent', async () => {
    const numbers: number[] = [];
    const changes: StoreChanges = {
      limits: { maxParts: 3 },
      putPart: (key, id, number, part, options) => {
        numbers.push(number);
        return uploads.putPart(key, id, number, part, options);
      },
    };
    const body = chunked(bytesOf(4 * PART), 9_000);
    expect(await expectCode(put(body, {}, changes), 'TOO_LARGE')).toMatchObject({ reason: 'size' });
    await released(body);
    expect(Math.max(0, ...numbers)).toBeLessThanOrEqual(3);
    await put(chunked(bytesOf(3 * PART), 9_000), {}, changes);
    // Of a known size it needs larger parts, or is refused before it is read.
    await put(chunked(bytesOf(4 * PART), 9_000), { size: 4 * PART }, changes);
    numbers.length = 0;
    const large = stalled();
    await expectCode(put(large, { size: 4 * MIB }, changes), 'TOO_LARGE');
    await released(large);
    expect(numbers).toEqual([]);
  });

  it('ends with the failure of a part, ends the others, and reads no further', async () => {
    const refusal = new StorageError('UNAVAILABLE', 'The second part is refused');
    let aborted = 0;
    const changes: StoreChanges = {
      putPart: async (key, id, number, part, { signal }) => {
        if (number === 2) throw refusal;
        await new Promise((_, reject) => {
          signal?.addEventListener('abort', () => {
            aborted++;
            reject(new Error('ended'));
          });
        });
        return uploads.putPart(key, id, number, part, {});
      },
    };
    const body = chunked(bytesOf(40 * PART), 10_000);
    expect(await failure(put(body, { concurrency: 3 }, changes))).toBe(refusal);
    expect(body.destroyed).toBe(true);
    expect(aborted).toBeGreaterThanOrEqual(1);
    aborted = 0;
    expect(await failure(put(bytesOf(40 * PART), { concurrency: 3 }, changes))).toBe(refusal);
    expect(aborted).toBeGreaterThanOrEqual(1);
  });

  it('gives no buffer back before the part that is read from it has ended', async () => {
    let reading = 0;
    const changes: StoreChanges = {
      putPart: async (key, id, number, part) => {
        if (number === 2) throw new StorageError('UNAVAILABLE', 'refused');
        const before = Buffer.from(part as Uint8Array);
        reading++;
        for (let i = 0; i < 20; i++) await tick();
        expect(Buffer.from(part as Uint8Array).equals(before)).toBe(true);
        reading--;
        return uploads.putPart(key, id, number, part, { signal: undefined });
      },
    };
    await expectCode(put(chunked(bytesOf(8 * PART), PART), {}, changes), 'UNAVAILABLE');
    expect(reading).toBe(0);
  });

  it('ends soon when it is aborted, whatever it waits for, and leaves nothing', async () => {
    const never = () => new Promise<never>(() => undefined);
    const until = (signal?: AbortSignal) =>
      new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(new Error('ended'))));
    const waits: readonly [Body, StoreChanges][] = [
      [stalled(), {}],
      [bytesOf(9 * PART), { putPart: (_k, _i, _n, _b, { signal }) => until(signal) }],
      [bytesOf(9), { complete: (_k, _i, _p, { signal }) => until(signal) }],
    ];
    for (const [body, changes] of waits) {
      const abort = new AbortController();
      setTimeout(() => abort.abort(), 20);
      await expectCode(
        put(body, { signal: abort.signal }, changes).catch((error: unknown) => {
          throw StorageError.is(error) ? error : new StorageError('ABORTED', String(error));
        }),
        'ABORTED',
      );
    }
    const abort = new AbortController();
    abort.abort();
    await expectCode(put(bytesOf(9), { signal: abort.signal }, { begin: never }), 'ABORTED');
  });

  it('removes an upload that was begun only after it was aborted', async () => {
    const abort = new AbortController();
    let removed = '';
    const changes: StoreChanges = {
      begin: async (key, options) => {
        const begun = await uploads.begin(key, options);
        abort.abort();
        await tick();
        return begun;
      },
      abort: async (key, id, options) => {
        removed = id;
        await uploads.abort(key, id, options);
      },
    };
    await expectCode(put(bytesOf(9), { signal: abort.signal }, changes), 'ABORTED');
    expect(removed).not.toBe('');
  });

  it('says what failed first, with the failure of its clean-up beside it', async () => {
    let left = '';
    const changes: StoreChanges = {
      complete: () => Promise.reject(new StorageError('PERMISSION_DENIED', 'Not you', { reason: 'policy' })),
      abort: (_, id) => {
        left = id;
        return Promise.reject(new StorageError('UNAVAILABLE', 'Not now'));
      },
    };
    const error = await expectCode(put(bytesOf(9), {}, changes), 'PERMISSION_DENIED');
    expect(error.reason).toBe('policy');
    expect(error.message).toContain('Not you');
    expect((error.cause as AggregateError).errors).toMatchObject([
      { code: 'PERMISSION_DENIED' },
      { code: 'UNAVAILABLE' },
    ]);
    await uploads.abort('k', left);
  });

  it('decides conditions when it completes', async () => {
    await backend.put('k', Buffer.from('first'), {});
    await expectCode(put(bytesOf(3 * PART), { ifAbsent: true }), 'ALREADY_EXISTS');
    await expectCode(put(bytesOf(3 * PART), { ifMatch: 'x' }), 'PRECONDITION_FAILED');
    const { etag } = await backend.head('k', {});
    await put(bytesOf(3 * PART), { ifMatch: etag });
    expect((await stored()).length).toBe(3 * PART);
  });

  it('starts again when it is asked to, a few times, where the source can be read again', async () => {
    const bytes = bytesOf(2 * PART + 1);
    let refusals = 0;
    let left = 0;
    const changes: StoreChanges = {
      complete: (key, id, parts, options) => {
        if (left-- > 0) {
          refusals++;
          return Promise.reject(new StorageError('CONFLICT', 'Again', { reason: 'restart' }));
        }
        return uploads.complete(key, id, parts, options);
      },
    };
    for (const source of [bytes, await fileOf(bytes)]) {
      left = 2;
      await put(source, {}, changes);
      expect((await stored()).equals(bytes)).toBe(true);
    }
    expect(refusals).toBe(4);
    left = 1;
    await expectCode(put(chunked(bytes, 9_000), {}, changes), 'CONFLICT');
    left = 100;
    refusals = 0;
    await expectCode(put(bytes, {}, changes), 'CONFLICT');
    expect(refusals).toBe(4);
  });

  it('refuses a file that is changed while it is read', async () => {
    const source = await fileOf(bytesOf(3 * PART));
    const changes: StoreChanges = {
      putPart: async (key, id, number, part, options) => {
        if (number === 2) await utimes(source.path, 1, 1);
        return uploads.putPart(key, id, number, part, options);
      },
    };
    expect(await expectCode(put(source, { concurrency: 1 }, changes), 'ABORTED')).toMatchObject({
      reason: 'changed',
    });
    expect(source.destroyed).toBe(true);
  });

  it('sends parts of a file that are larger than the memory for one without holding them', async () => {
    const bytes = bytesOf(3 * MIB + 3);
    const pieces: boolean[] = [];
    const changes: StoreChanges = {
      putPart: (key, id, number, part, options) => {
        pieces.push(part instanceof Uint8Array);
        return uploads.putPart(key, id, number, part, options);
      },
    };
    await put(await fileOf(bytes), { partSize: 2 * MIB }, changes);
    expect((await stored()).equals(bytes)).toBe(true);
    // 4 MiB of memory are 1 MiB for each of four parts; the rest of the file is as small as one.
    expect(pieces.sort()).toEqual([false, false]);
  });

  it('tells how far it is, and when it has ended', async () => {
    const told: TransferProgress[] = [];
    const feed = new ProgressFeed();
    const progress = new ProgressMeter((one) => {
      told.push(one);
      feed.listener(one);
    }, 3 * PART);
    const followed: number[] = [];
    const following = (async () => {
      for await (const { bytes } of feed) followed.push(bytes);
    })();
    await put(bytesOf(3 * PART), {}, {}, { progress });
    progress.end();
    progress.end();
    await within(following);
    expect(told.at(-1)).toMatchObject({ bytes: 3 * PART, total: 3 * PART, parts: 3, ended: true });
    expect(told.filter(({ ended }) => ended)).toHaveLength(1);
    expect(followed.at(-1)).toBe(3 * PART);
  });
});

describe('uploadParts', () => {
  it('skips what is stored already, and sends again what has another size', async () => {
    const bytes = bytesOf(4 * PART + 9);
    for (const source of [bytes, await fileOf(bytes), chunked(bytes, 10_000)]) {
      const begun = await uploads.begin('k');
      const sent: number[] = [];
      const changes: StoreChanges = {
        putPart: (key, id, number, part, options) => {
          sent.push(number);
          return uploads.putPart(key, id, number, part, options);
        },
      };
      const one = async (number: number, from: number, to: number): Promise<[number, UploadedPart]> => [
        number,
        await uploads.putPart('k', begun.uploadId, number, bytes.subarray(from, to)),
      ];
      const done = new Map([
        await one(1, 0, PART),
        await one(3, 2 * PART, 3 * PART),
        await one(4, 3 * PART, 3 * PART + 7),
      ]);
      const heard: number[] = [];
      const { parts, size } = await within(
        uploadParts(store(changes), begun, source, {
          partSize: PART,
          memory,
          done,
          onPart: ({ number }) => void heard.push(number),
        }),
      );
      expect(size).toBe(bytes.length);
      expect(parts.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
      expect(sent.sort()).toEqual([2, 4, 5]);
      expect(heard.sort()).toEqual([2, 4, 5]);
      await uploads.complete('k', begun.uploadId, parts);
      expect((await stored()).equals(bytes)).toBe(true);
      if (source instanceof FileBody) source.destroy();
    }
  });

  it('refuses a stream that is shorter than what is stored of it', async () => {
    const begun = await uploads.begin('k');
    const bytes = bytesOf(2 * PART);
    const first = await uploads.putPart('k', begun.uploadId, 1, bytes.subarray(0, PART));
    const done = new Map([[1, first]]);
    const short = chunked(bytes.subarray(0, 10), 5);
    const error = await expectCode(
      uploadParts(store(), begun, short, { partSize: PART, memory, done }),
      'ABORTED',
    );
    expect(error.reason).toBe('changed');
    await uploads.abort('k', begun.uploadId);
  });

  it('fails with what the listener for parts throws', async () => {
    const begun = await uploads.begin('k');
    const onPart = () => Promise.reject(new StorageError('NO_SPACE', 'The record is full'));
    await expectCode(uploadParts(store(), begun, bytesOf(9), { partSize: PART, memory, onPart }), 'NO_SPACE');
    await uploads.abort('k', begun.uploadId);
  });
});
