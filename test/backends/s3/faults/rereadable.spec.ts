import { describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc32Checksum } from '../../../../src/core/checksum.js';
import { StorageError } from '../../../../src/core/error.js';
import type { Rereadable } from '../../../../src/core/rereadable.js';
import { refusal } from '../../../faults/tiny-s3.js';
import { MIB } from '../../../support/bodies.js';
import { within } from '../../../support/within.js';
import { withCalls } from './open-calls.js';
import { usePatientServer } from './patient-server.js';

/** Bytes read into one piece of memory again and again, and where they were read. */
class Lent implements Rereadable {
  readonly byteLength: number;
  readonly reads: (readonly [start: number, end: number])[] = [];
  private readonly memory = Buffer.alloc(MIB);

  constructor(private readonly bytes: Buffer) {
    this.byteLength = bytes.length;
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    this.reads.push([start, end]);
    await new Promise((resolve) => setImmediate(resolve));
    const lent = this.memory.subarray(0, end - start);
    this.bytes.copy(lent, 0, start, end);
    return lent;
  }
}

const sumOf = (bytes: Buffer) => ({ 'x-amz-checksum-crc32': crc32Checksum(crc32(bytes)).value });

/** What `work` fails with; its success fails the test. */
const rejection = (work: Promise<unknown>): Promise<unknown> =>
  within(
    work.then(
      () => Promise.reject(new Error('It succeeded')),
      (error: unknown) => error,
    ),
    'the request',
  );

describe.each(['own', 'sdk'] as const)('a body that can be read again, sent by %s requests', (path) => {
  const bench = usePatientServer();

  it.each([0, 1, 17, MIB - 1, MIB, MIB + 1, 3 * MIB + 5])('goes as it is: %i bytes', async (size) => {
    const bytes = randomBytes(size);
    const body = new Lent(bytes);
    await withCalls(bench, { path }, async (calls) => {
      await calls.put({ key: 'n', headers: sumOf(bytes), body, repeatable: true });
    });
    expect(bench.server.s3.objects.get('n')?.body.equals(bytes)).toBe(true);
    const [seen] = bench.server.seen('PUT');
    expect(seen?.headers['content-length']).toBe(String(size));
    expect(seen?.headers['transfer-encoding']).toBeUndefined();
    for (const [start, end] of body.reads) expect(end - start).toBeLessThanOrEqual(MIB);
  });

  it('is part of an upload', async () => {
    const bytes = randomBytes(2 * MIB + 3);
    await withCalls(bench, { path }, async ({ uploads }) => {
      const { uploadId } = await uploads.create({ key: 'n', headers: {} });
      const upload = { key: 'n', uploadId };
      const part = { ...upload, number: 1, headers: sumOf(bytes), body: new Lent(bytes) };
      const { headers } = await uploads.putPart(part);
      const etag = (headers['etag'] ?? '').replaceAll('"', '');
      const done = await uploads.complete({ ...upload, headers: {}, parts: [{ number: 1, etag }] });
      expect(done.etag).toMatch(/-1$/);
    });
    expect(bench.server.s3.objects.get('n')?.body.equals(bytes)).toBe(true);
  });

  it('ends the request with the failure of its reading, which is not tried again', async () => {
    const body: Rereadable = {
      byteLength: 4 * MIB,
      read: (start, end) =>
        start < 2 * MIB
          ? Promise.resolve(Buffer.alloc(end - start))
          : Promise.reject(new StorageError('ABORTED', 'The file was cut', { reason: 'body' })),
    };
    await withCalls(bench, { path, payload: 'unsigned' }, async (calls) => {
      const error = await rejection(calls.put({ key: 'n', headers: {}, body, repeatable: true }));
      expect(error).toMatchObject({ code: 'ABORTED', reason: 'body', message: 'The file was cut' });
    });
    expect(bench.server.s3.objects.has('n')).toBe(false);
    expect(bench.server.seen('PUT').length).toBeLessThanOrEqual(1);
  });

  it('is refused by the server when it has changed since its checksum was made', async () => {
    const headers = sumOf(randomBytes(MIB));
    const body = new Lent(randomBytes(MIB));
    await withCalls(bench, { path }, async (calls) => {
      const error = await rejection(calls.put({ key: 'n', headers, body, repeatable: true }));
      expect(error).toMatchObject({ status: 400, code: 'BadDigest' });
    });
    expect(bench.server.s3.objects.has('n')).toBe(false);
  });

  it('is not read on when the server refuses before it has all of it', async () => {
    bench.server.next({ reads: 'head', answer: refusal(403, 'AccessDenied'), then: 'drop' });
    const body = new Lent(randomBytes(8 * MIB));
    await withCalls(bench, { path, payload: 'unsigned' }, async (calls) => {
      const error = await rejection(calls.put({ key: 'n', headers: {}, body, repeatable: false }));
      // The SDK gives up a connection that breaks while it writes, whatever the server has said.
      if (path === 'own') expect(error).toMatchObject({ status: 403, code: 'AccessDenied' });
      else expect(String(error)).toMatch(/^S3Re(sponse|quest)Error/);
    });
    expect(bench.server.s3.objects.has('n')).toBe(false);
  });

  it('ends with the signal, also while it is being read', async () => {
    const body: Rereadable = { byteLength: MIB, read: () => new Promise(() => undefined) };
    const controller = new AbortController();
    await withCalls(bench, { path, payload: 'unsigned' }, async (calls) => {
      const { signal } = controller;
      const put = rejection(calls.put({ key: 'n', headers: {}, body, repeatable: true, signal }));
      setTimeout(() => controller.abort(), 20);
      const codes = path === 'own' ? ['ABORTED'] : ['ABORTED', 'OUTCOME_UNKNOWN'];
      expect(codes).toContain(((await put) as StorageError).code);
    });
  });
});

describe('a body that can be read again', () => {
  const bench = usePatientServer();

  it.each(['signed', 'unsigned'] as const)('is sent again as it is: %s', async (payload) => {
    const bytes = randomBytes(2 * MIB + 1);
    bench.server
      .next({ method: 'PUT', reads: MIB, sends: 'nothing', then: 'drop' })
      .next({ method: 'PUT', answer: refusal(503, 'SlowDown') });
    await withCalls(bench, { path: 'own', payload }, async (calls) => {
      await calls.put({ key: 'n', headers: sumOf(bytes), body: new Lent(bytes), repeatable: true });
    });
    expect(bench.server.s3.objects.get('n')?.body.equals(bytes)).toBe(true);
    const hashes = bench.server.seen('PUT').map(({ headers }) => headers['x-amz-content-sha256']);
    const hash =
      payload === 'unsigned' ? 'UNSIGNED-PAYLOAD' : createHash('sha256').update(bytes).digest('hex');
    expect(hashes).toEqual([hash, hash, hash]);
  });

  it('may give fewer bytes than it has said: ABORTED, and nothing is stored', async () => {
    const body: Rereadable = { byteLength: 100, read: () => Promise.resolve(Buffer.alloc(50)) };
    await withCalls(bench, { path: 'own', payload: 'unsigned' }, async (calls) => {
      const error = await rejection(calls.put({ key: 'n', headers: {}, body, repeatable: true }));
      expect(error).toMatchObject({ code: 'ABORTED', reason: 'body' });
    });
    expect(bench.server.s3.objects.has('n')).toBe(false);
  });
});
