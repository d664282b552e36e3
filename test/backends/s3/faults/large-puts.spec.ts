import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, open, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { S3Backend } from '../../../../src/backends/s3/backend.js';
import { FileBody } from '../../../../src/core/file-body.js';
import { InFlight } from '../../../../src/core/in-flight.js';
import { withLayers } from '../../../../src/core/layered-backend.js';
import type { TransferProgress } from '../../../../src/core/progress.js';
import { TransferMemory } from '../../../../src/core/transfer-memory.js';
import { StorageService } from '../../../../src/storage/storage.service.js';
import { refusal } from '../../../faults/tiny-s3.js';
import { bytesOf, failing, MIB, released } from '../../../support/bodies.js';
import { expectCode, thrown } from '../../../support/errors.js';
import { within } from '../../../support/within.js';
import { usePatientServer } from './patient-server.js';
import { LIMITS } from './support.js';

const PART = 5 * MIB;
const bytes = bytesOf(2 * PART + 7);

/** A stream that does not say how long it is. */
const streamed = (content: Buffer): Readable => {
  let at = 0;
  return new Readable({
    read() {
      this.push(at < content.length ? content.subarray(at, (at += 70_001)) : null);
    },
  });
};

describe('a put of what is large', () => {
  const bench = usePatientServer();
  let folder: string;
  let memory: TransferMemory;
  const roomy = (more = {}) =>
    bench.open({ partSize: PART, maxSinglePut: PART, transferMemory: memory, ...more });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'uploads-'));
    memory = new TransferMemory(32 * MIB);
  });

  afterEach(async () => {
    expect({ held: memory.held, queue: memory.queue }).toEqual({ held: 0, queue: 0 });
    expect([...bench.server.s3.uploads.pending.keys()]).toEqual([]);
    memory.clear();
    await rm(folder, { recursive: true, force: true });
  });

  const stored = (key = 'n'): Buffer | undefined => bench.server.s3.objects.get(key)?.body;
  const queries = (): string[] =>
    bench.server.seen().map(({ method, query }) => `${method} ${[...query.keys()].sort().join('&')}`);

  async function fileOf(content: Buffer): Promise<FileBody> {
    const path = join(folder, 'file');
    await writeFile(path, content);
    return new FileBody(path);
  }

  it.each([
    ['one request', 2 * MIB],
    ['parts', bytes.length],
  ])('stores nothing of a file that is written to while it goes in %s', async (_, size) => {
    const body = await fileOf(bytes.subarray(0, size));
    await utimes(body.path, 0, 0);
    const readInto = body.readInto.bind(body);
    body.readInto = async (buffer, position) => {
      await readInto(buffer, position);
      if (position > 0) return;
      const file = await open(body.path, 'r+');
      await file.write(Buffer.alloc(7), 0, 7, size - 7);
      await file.close();
    };
    const error = await expectCode(
      within(roomy({ checksum: 'none' }).put('n', body, {}), 'the put'),
      'ABORTED',
    );
    expect(error.reason).toBe('changed');
    expect(stored()).toBeUndefined();
  });

  it('goes in parts, whatever it is, and a part that got lost is sent again', async () => {
    for (const body of [bytes, streamed(bytes), await fileOf(bytes)]) {
      bench.server.next({ method: 'PUT', acts: false, sends: 'nothing', then: 'reset' });
      const info = await within(
        roomy().put('n', body, { contentType: 'image/png', metadata: { a: 'b' } }),
        'the put',
        15_000,
      );
      expect(info).toMatchObject({ key: 'n', size: bytes.length, contentType: 'image/png' });
      expect(stored()?.equals(bytes)).toBe(true);
      expect(bench.server.s3.objects.get('n')?.headers).toMatchObject({ 'x-amz-meta-a': 'b' });
      bench.server.s3.objects.delete('n');
    }
  });

  it('goes in one request where it is not larger than that may be', async () => {
    const small = bytes.subarray(0, PART);
    for (const body of [small, streamed(small), await fileOf(small), await fileOf(small.subarray(0, MIB))]) {
      await within(roomy().put('n', body), 'the put', 15_000);
      expect(queries().filter((query) => query !== 'PUT ')).toEqual([]);
    }
  });

  it('sends a file again that was lost half way, without holding it', async () => {
    const small = bytes.subarray(0, PART);
    bench.server.next({ method: 'PUT', reads: 2 * MIB, sends: 'nothing', then: 'reset' });
    await within(roomy().put('n', await fileOf(small)), 'the put', 15_000);
    expect(stored()?.equals(small)).toBe(true);
    expect(bench.server.seen('PUT')).toHaveLength(2);
  });

  it('stores nothing of a source that fails half way, or has another size than was said', async () => {
    const half = failing(new Error('disk gone'), bytes);
    await expectCode(roomy().put('n', half), 'ABORTED');
    await expectCode(roomy().put('n', streamed(bytes), { size: bytes.length - 1 }), 'INVALID_ARGUMENT');
    await expectCode(roomy().put('n', streamed(bytes), { size: bytes.length + 1 }), 'INVALID_ARGUMENT');
    await expectCode(roomy().put('n', bytes, { size: 3 }), 'INVALID_ARGUMENT');
    await expectCode(roomy().put('n', await fileOf(bytes), { size: 3 }), 'INVALID_ARGUMENT');
    expect(stored()).toBeUndefined();
  });

  it('says at once that a stream is too large for its memory', async () => {
    const body = streamed(bytes);
    await expectCode(roomy().put('n', body, { size: 10_000 * 8 * MIB + 1 }), 'TOO_LARGE');
    await released(body);
    expect(bench.server.seen()).toEqual([]);
  });

  it('ends with what refuses a part, and removes the others', async () => {
    const body = streamed(bytes);
    bench.server.next({ times: 2, method: 'PUT', acts: false, answer: refusal(403, 'AccessDenied') });
    await expectCode(roomy().put('n', body), 'PERMISSION_DENIED');
    await released(body);
    expect(queries()).toContain('DELETE uploadId');
    expect(stored()).toBeUndefined();
  });

  it('decides conditions at its end', async () => {
    await expectCode(roomy().put('a', streamed(bytes), { ifAbsent: true }), 'ALREADY_EXISTS');
    await expectCode(roomy().put('a', bytes, { ifMatch: 'x' }), 'PRECONDITION_FAILED');
    await roomy().put('a', bytes, { ifMatch: '*' });
    expect(stored('a')?.equals(bytes)).toBe(true);
    await roomy().put('n', streamed(bytes), { ifAbsent: true });
    expect(stored()?.equals(bytes)).toBe(true);
  });

  it('is ended by its signal and by the shutdown, and leaves nothing', async () => {
    const abort = new AbortController();
    const put = roomy().put('n', streamed(bytes), {
      signal: abort.signal,
      onProgress: ({ parts }) => void (parts > 0 && abort.abort()),
    });
    await expectCode(put, 'ABORTED');
    const backend = new S3Backend({
      ...{ endpoint: bench.server.endpoint, region: 'us-east-1', bucket: 'b', profile: 'aws' },
      ...{ credentials: { accessKeyId: 'key', secretAccessKey: 'secret' }, forcePathStyle: true },
      ...{ ...LIMITS, partSize: PART, transferMemory: memory },
    });
    const inFlight = new InFlight();
    const storage = new StorageService('test', withLayers(backend, 'test', [inFlight.layer]));
    const never = new Readable({ read() {} });
    const waiting = storage.put('n', never);
    never.push(bytes);
    await within(
      (async () => {
        while (queries().every((query) => !query.startsWith('POST'))) await new Promise(setImmediate);
      })(),
    );
    const failed = expectCode(waiting, 'ABORTED');
    expect(await inFlight.drain(0)).toBe(1);
    expect((await failed).reason).toBe('shutdown');
    await backend.close();
    expect(stored()).toBeUndefined();
  });

  it('tells its progress part by part, and its end', async () => {
    const told: TransferProgress[] = [];
    await roomy().put('n', bytes, { onProgress: (progress) => void told.push(progress) });
    expect(told.at(-1)).toMatchObject({ bytes: bytes.length, total: bytes.length, parts: 3, ended: true });
    told.length = 0;
    await roomy().put('n', Buffer.from('small'), { onProgress: (progress) => void told.push(progress) });
    expect(told.at(-1)).toMatchObject({ bytes: 5, total: 5, parts: 0, ended: true });
    told.length = 0;
    await expectCode(
      roomy().put('n', failing(new Error('x')), { onProgress: (progress) => void told.push(progress) }),
      'ABORTED',
    );
    expect(told).toMatchObject([{ bytes: 0, ended: true }]);
  });

  it('refuses options of uploads that are none', async () => {
    for (const option of [
      { partSize: 0 },
      { concurrency: 1001 },
      { maxSinglePut: 1.5 },
      { transferMemory: {} },
    ] as object[])
      expect(thrown(() => bench.open(option))).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'config' });
    for (const option of [{ partSize: 0 }, { concurrency: 0 }, { onProgress: 7 as never }])
      await expectCode(bench.storage.put('n', 'x', option), 'INVALID_ARGUMENT');
  });
});
