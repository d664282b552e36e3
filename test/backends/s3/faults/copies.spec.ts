import { describe, expect, it } from '@jest/globals';
import { profileOf } from '../../../../src/backends/s3/profiles/profiles.js';
import type { StorageService } from '../../../../src/storage/storage.service.js';
import { MultipartUploads } from '../../../../src/core/multipart-uploads.js';
import type { SeenRequest } from '../../../faults/fault.js';
import type { Answer } from '../../../faults/http-message.js';
import { refusal } from '../../../faults/tiny-s3.js';
import { bytesOf } from '../../../support/bodies.js';
import { expectCode } from '../../../support/errors.js';
import { usePatientServer } from './patient-server.js';

const PART = 100_000;
const PARTS = 11;
const SIZE = 10 * PART + 1;
const bytes = bytesOf(SIZE);
const others = bytesOf(SIZE, 3);
const profile = { ...profileOf({ name: 'aws', endpoint: undefined }), maxCopy: PART };
const isPart = { method: 'PUT', match: ({ query }: SeenRequest) => query.has('partNumber') };

/** Copies in parts, whoever sends them. */
describe.each(['auto', 'sdk'] as const)('a copy in parts, on a server that breaks (%s)', (requests) => {
  const bench = usePatientServer();
  const open = () => {
    bench.server.s3.seed('a', bytes);
    bench.server.s3.uploads.minPart = 1;
    return bench.open({ profile, requests });
  };
  const parts = () => bench.server.seen('PUT').filter(({ query }) => query.has('partNumber'));
  const expectNothing = async (storage: StorageService): Promise<void> => {
    bench.server.heal();
    expect((await storage.as(MultipartUploads).list()).uploads).toEqual([]);
    expect(await storage.exists('b')).toBe(false);
  };
  const expectCopied = async (storage: StorageService): Promise<void> => {
    expect(bench.server.s3.objects.get('b')?.body.equals(bytes)).toBe(true);
    expect((await storage.as(MultipartUploads).list()).uploads).toEqual([]);
  };

  it('sends a part again whose 200 has an error in it', async () => {
    const storage = open();
    const { body } = refusal(500, 'InternalError');
    bench.server.next({ ...isPart, acts: false, answer: { status: 200, headers: {}, body } });
    await storage.copy('a', 'b');
    expect(parts()).toHaveLength(PARTS + 1);
    await expectCopied(storage);
  });

  it('copies nothing when the error in a 200 stays', async () => {
    const storage = open();
    const { body } = refusal(403, 'AccessDenied');
    bench.server.next({
      ...isPart,
      acts: false,
      times: Infinity,
      answer: { status: 200, headers: {}, body },
    });
    await expectCode(storage.copy('a', 'b'), 'PERMISSION_DENIED');
    await expectNothing(storage);
  });

  it.each([
    [500, 'InternalError', 'UNAVAILABLE'],
    [503, 'SlowDown', 'THROTTLED'],
  ] as const)(
    'ends in a storm of %s %s',
    async (status, code, meant) => {
      const storage = open();
      bench.server.next({ ...isPart, acts: false, times: Infinity, answer: refusal(status, code) });
      await expectCode(storage.copy('a', 'b'), meant);
      // Eight at once, each as often as any request; none is begun after the first failure.
      expect(parts().length).toBeLessThanOrEqual(8 * 4);
      await expectNothing(storage);
    },
    20_000,
  );

  it('outlives some refusals of many parts', async () => {
    const storage = open();
    bench.server.next({ ...isPart, acts: false, times: 6, answer: refusal(503, 'SlowDown') });
    await storage.copy('a', 'b');
    expect(parts()).toHaveLength(PARTS + 6);
    await expectCopied(storage);
  });

  it('says beside its failure that its parts could not be removed', async () => {
    const storage = open();
    bench.server.next({ ...isPart, times: Infinity, answer: refusal(403, 'AccessDenied') });
    bench.server.next({ method: 'DELETE', times: Infinity, answer: refusal(405, 'MethodNotAllowed') });
    const error = await expectCode(storage.copy('a', 'b'), 'PERMISSION_DENIED');
    expect(error.message).toContain('could not be removed');
    expect((error.cause as AggregateError).errors).toHaveLength(2);
    bench.server.heal();
    expect((await storage.as(MultipartUploads).list()).uploads).toHaveLength(1);
  });

  it.each([
    ['before its answer', { sends: 'nothing', then: 'stall' }],
    ['within its answer', { sends: 'half', then: 'stall' }],
  ] as const)('leaves no part when it is aborted while a part waits %s', async (_, stall) => {
    const storage = open();
    const controller = new AbortController();
    bench.server.next({
      ...{ ...isPart, ...stall },
      answer: (due) => {
        setImmediate(() => controller.abort());
        return due;
      },
    });
    await expectCode(storage.copy('a', 'b', { signal: controller.signal }), 'ABORTED');
    await expectNothing(storage);
  });

  it('leaves no part when it is aborted at its end', async () => {
    const storage = open();
    const controller = new AbortController();
    let heads = 0;
    bench.server.next({
      ...{ method: 'HEAD', key: 'a', times: 2, delayMs: 50 },
      answer: (due) => {
        if (++heads === 2) controller.abort();
        return due;
      },
    });
    await expectCode(storage.copy('a', 'b', { signal: controller.signal }), 'ABORTED');
    await expectNothing(storage);
  });

  it('begins nothing of a source that nobody tells the ETag of', async () => {
    const storage = open();
    const without = ({ etag: _, ...headers }: Answer['headers']) => headers;
    bench.server.next({
      ...{ method: 'HEAD', key: 'a', times: Infinity },
      answer: (due) => ({ ...due, headers: without(due.headers) }),
    });
    await expectCode(storage.copy('a', 'b'), 'INTEGRITY');
    await expectNothing(storage);
  });

  it.each([
    ['replaced', () => void bench.server.s3.seed('a', others)],
    ['deleted', () => void bench.server.s3.objects.delete('a')],
  ])('copies nothing of a source that is %s after its last part', async (_, change) => {
    const storage = open();
    let answers = 0;
    bench.server.next({
      ...{ ...isPart, times: PARTS },
      answer: (due) => {
        if (++answers === PARTS) change();
        return due;
      },
    });
    expect((await expectCode(storage.copy('a', 'b'), 'PRECONDITION_FAILED')).reason).toBe('changed');
    await expectNothing(storage);
  });

  it('knows its copy when the answer to its end is lost, and does not know when nothing can be asked', async () => {
    const storage = open();
    const isEnd = { method: 'POST', match: ({ query }: SeenRequest) => query.has('uploadId') };
    bench.server.next({ ...isEnd, sends: 'nothing', then: 'reset' });
    expect((await storage.copy('a', 'b')).size).toBe(SIZE);
    await expectCopied(storage);
    const denied = { acts: false, times: Infinity, answer: refusal(503, 'SlowDown') };
    bench.server.next({ ...isEnd, sends: 'nothing', then: 'reset' });
    bench.server.next({ method: 'HEAD', key: 'c', ...denied });
    bench.server.next({ method: 'GET', match: ({ query }) => query.has('uploadId'), ...denied });
    await expectCode(storage.copy('a', 'c'), 'OUTCOME_UNKNOWN');
    bench.server.heal();
    expect(await storage.exists('c')).toBe(true);
  });
});
