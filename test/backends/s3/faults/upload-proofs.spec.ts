import { describe, expect, it } from '@jest/globals';
import type { StorageErrorCode } from '../../../../src/core/error.js';
import { MultipartUploads } from '../../../../src/core/multipart-uploads.js';
import type { StorageService } from '../../../../src/storage/storage.service.js';
import type { Fault, SeenRequest } from '../../../faults/fault.js';
import { refusal } from '../../../faults/tiny-s3.js';
import type { TinyUploads } from '../../../faults/tiny-s3-uploads.js';
import { bytesOf, MIB, streamOf } from '../../../support/bodies.js';
import { expectCode } from '../../../support/errors.js';
import { usePatientServer } from './patient-server.js';
import { outcomeOf } from './support.js';

const PART = 5 * MIB;
const CONTENT = bytesOf(PART + 1);
/** Nobody knows the server; with more tries than one its first answer would be taken for a lost one. */
const UNKNOWN = {
  profile: 'other',
  maxAttempts: 1,
  partSize: PART,
  maxSinglePut: PART,
} as const;
const WRITERS = 16;
type Conditions = { readonly ifAbsent: true } | { readonly ifMatch: string };

const isProbe = ({ key }: { readonly key: string }): boolean => key.includes('.stowage-probe-');
const isEnd = ({ method, query }: SeenRequest): boolean => method === 'POST' && query.has('uploadId');
const isProbesEnd = (request: SeenRequest): boolean => isProbe(request) && isEnd(request);

describe('the proof of a condition at the end of an upload', () => {
  const bench = usePatientServer();
  const upload = (storage: StorageService, conditions: Conditions, key = 'a') =>
    storage.put(key, streamOf(CONTENT.subarray(0, MIB), CONTENT.subarray(MIB)), conditions);
  /** Of the object `a`, which is there. */
  const holding = (): Conditions => ({ ifMatch: bench.etag('a') });
  const probes = () =>
    new Set(
      bench.server
        .seen()
        .filter(isProbesEnd)
        .map(({ key }) => key),
    ).size;
  const text = (key: string) => bench.server.s3.objects.get(key)?.body.toString();

  /** Nothing of a probe, and no part of what was refused. */
  async function expectNothingLeft(storage: StorageService): Promise<void> {
    bench.server.heal();
    expect((await storage.as(MultipartUploads).list()).uploads).toEqual([]);
    expect([...bench.server.s3.objects.keys()].filter((key) => isProbe({ key }))).toEqual([]);
  }

  it('is made once for each, and leaves nothing behind, on a server that honours them', async () => {
    const storage = bench.open(UNKNOWN);
    await expectCode(upload(storage, { ifAbsent: true }), 'ALREADY_EXISTS');
    await expectCode(upload(storage, { ifMatch: 'wrong' }), 'PRECONDITION_FAILED');
    expect(text('a')).toBe('old a');
    await upload(storage, { ifAbsent: true }, 'n');
    await upload(storage, holding());
    expect(bench.server.s3.objects.get('a')?.body.equals(CONTENT)).toBe(true);
    expect(probes()).toBe(2);
    await expectNothingLeft(storage);
  });

  /** Servers that only seem to honour conditions, or honour them in part. */
  const SERVERS: Readonly<
    Record<string, { readonly conditions?: TinyUploads['conditions']; readonly fault?: Fault }>
  > = {
    'ignores them': { conditions: 'never' },
    'compares them when the upload is begun': { conditions: 'at its beginning' },
    'refuses them always': { fault: { answer: refusal(412, 'PreconditionFailed') } },
    'does not know them': { fault: { answer: refusal(501, 'NotImplemented') } },
    'takes them for a mistake': { fault: { answer: refusal(400, 'InvalidArgument') } },
  };
  const both = Object.keys(SERVERS).flatMap((name) =>
    ['ifAbsent', 'ifMatch'].map((condition) => [condition, name] as const),
  );

  it.each(both)('refuses %s before anything is sent to a server that %s', async (condition, name) => {
    const { conditions, fault } = SERVERS[name] ?? {};
    if (conditions) bench.server.s3.uploads.conditions = conditions;
    if (fault) bench.server.next({ ...fault, match: isProbesEnd, times: Infinity });
    const storage = bench.open(UNKNOWN);
    const wanted = () => (condition === 'ifAbsent' ? { ifAbsent: true as const } : holding());
    for (let tries = 0; tries < 2; tries++) {
      const error = await expectCode(upload(storage, wanted()), 'UNSUPPORTED');
      expect(error.reason).toBe(condition === 'ifAbsent' ? 'completeIfAbsent' : 'completeIfMatch');
    }
    expect(probes()).toBe(1);
    expect(text('a')).toBe('old a');
    expect(bench.server.seen('POST').filter((request) => !isProbe(request))).toEqual([]);
    await expectNothingLeft(storage);
  });

  it('takes each condition by itself, where a server has but one', async () => {
    bench.server.next({
      match: (request) => isEnd(request) && 'if-match' in request.headers,
      answer: refusal(501, 'NotImplemented'),
      times: Infinity,
    });
    const storage = bench.open(UNKNOWN);
    await upload(storage, { ifAbsent: true }, 'n');
    await expectCode(upload(storage, holding()), 'UNSUPPORTED');
    await expectNothingLeft(storage);
  });

  const PASSING: Readonly<Record<string, readonly [Fault, StorageErrorCode]>> = {
    '503 SlowDown': [{ answer: refusal(503, 'SlowDown') }, 'THROTTLED'],
    '500 InternalError': [{ answer: refusal(500, 'InternalError') }, 'UNAVAILABLE'],
    '200 with an error': [
      { acts: false, answer: { ...refusal(500, 'InternalError'), status: 200 } },
      'UNAVAILABLE',
    ],
    '409 ConditionalRequestConflict': [{ answer: refusal(409, 'ConditionalRequestConflict') }, 'UNAVAILABLE'],
    'a lost answer': [{ sends: 'nothing', then: 'reset' }, 'UNAVAILABLE'],
  };

  it.each(Object.keys(PASSING))('stays open after %s, and is made again', async (name) => {
    const [fault, code] = PASSING[name] ?? [{}, 'UNKNOWN'];
    const storage = bench.open(UNKNOWN);
    bench.server.next({ ...fault, match: isProbesEnd, times: WRITERS });
    const error = await expectCode(upload(storage, { ifAbsent: true }, 'n'), code);
    expect(error.temporary).toBe(true);
    expect(bench.server.s3.objects.has('n')).toBe(false);
    expect((await outcomeOf(upload(storage, { ifAbsent: true }, 'n'))).code).toBe('ok');
    await expectCode(upload(storage, { ifAbsent: true }, 'n'), 'ALREADY_EXISTS');
    expect(probes()).toBe(2);
    await expectNothingLeft(storage);
  });

  it('holds for a writer that may not delete', async () => {
    bench.server.next({
      method: 'DELETE',
      match: ({ query }) => !query.has('uploadId'),
      answer: refusal(403, 'AccessDenied'),
      times: Infinity,
    });
    const storage = bench.open(UNKNOWN);
    await upload(storage, { ifAbsent: true }, 'n');
    await expectCode(upload(storage, { ifAbsent: true }, 'n'), 'ALREADY_EXISTS');
    expect(probes()).toBe(1);
  });
});
