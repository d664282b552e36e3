import { describe, expect, it } from '@jest/globals';
import { MultipartUploads } from '../../../../src/core/multipart-uploads.js';
import type { Fault, SeenRequest } from '../../../faults/fault.js';
import { refusal } from '../../../faults/tiny-s3.js';
import { expectCode } from '../../../support/errors.js';
import { usePatientServer } from './patient-server.js';
import { outcomeOf, SEEDED, type Outcome } from './support.js';

type Step = 'begin' | 'part' | 'end';

const has =
  (name: string) =>
  ({ query }: SeenRequest): boolean =>
    query.has(name);

/** The requests of such a copy, each on the key that it makes. */
const STEPS: Readonly<Record<Step, Fault>> = {
  begin: { method: 'POST', key: 'b', match: has('uploads') },
  part: { method: 'PUT', key: 'b', match: has('partNumber') },
  end: { method: 'POST', key: 'b', match: has('uploadId') },
};

const always = (status: number, code: string): Fault => ({
  ...{ acts: false, times: Infinity },
  answer: refusal(status, code),
});
const LOST: Fault = { sends: 'nothing', then: 'reset' };
const EMPTY = { status: 200, headers: {}, body: Buffer.alloc(0) };

const CASES: readonly (readonly [
  what: string,
  fault: Fault,
  codes: Readonly<Record<Step, Outcome['code']>>,
])[] = [
  ['one 500', { ...always(500, 'InternalError'), times: 1 }, { begin: 'ok', part: 'ok', end: 'ok' }],
  [
    '403',
    always(403, 'AccessDenied'),
    { begin: 'PERMISSION_DENIED', part: 'PERMISSION_DENIED', end: 'PERMISSION_DENIED' },
  ],
  ['501', always(501, 'NotImplemented'), { begin: 'UNSUPPORTED', part: 'UNSUPPORTED', end: 'UNSUPPORTED' }],
  ['404', always(404, 'NoSuchUpload'), { begin: 'CONFLICT', part: 'CONFLICT', end: 'CONFLICT' }],
  [
    '409',
    always(409, 'ConditionalRequestConflict'),
    { begin: 'CONFLICT', part: 'CONFLICT', end: 'CONFLICT' },
  ],
  [
    '412',
    always(412, 'PreconditionFailed'),
    { begin: 'PRECONDITION_FAILED', part: 'PRECONDITION_FAILED', end: 'ALREADY_EXISTS' },
  ],
  ['a request that is lost', { ...LOST, acts: false }, { begin: 'ok', part: 'ok', end: 'ok' }],
  ['an answer that is lost', LOST, { begin: 'ok', part: 'ok', end: 'ok' }],
  [
    'empty answers',
    { acts: false, times: Infinity, answer: EMPTY },
    { begin: 'UNAVAILABLE', part: 'UNAVAILABLE', end: 'OUTCOME_UNKNOWN' },
  ],
];

/** As MinIO has it: CopyObject knows no such condition, and the end of an upload does. */
describe.each(['auto', 'sdk'] as const)('a copy that does not replace, as an upload (%s)', (requests) => {
  const bench = usePatientServer();
  const open = () => bench.open({ profile: 'minio', requests });

  describe.each(CASES)('with %s', (_, fault, codes) => {
    it.each(Object.keys(codes) as Step[])(
      'at its %s',
      async (step) => {
        const storage = open();
        bench.server.next({ ...STEPS[step], ...fault });
        const { code } = await outcomeOf(storage.copy('a', 'b', { ifAbsent: true }), 15_000);
        expect(code).toBe(codes[step]);
        bench.server.heal();
        expect(bench.server.s3.objects.get('b')?.body.toString()).toBe(code === 'ok' ? SEEDED.a : undefined);
        // Nobody knows of an upload whose answer was lost, and one that may be the object is left alone.
        const isLeft = (step === 'begin' && fault === LOST) || code === 'OUTCOME_UNKNOWN';
        const { uploads } = await storage.as(MultipartUploads).list({ prefix: 'b' });
        expect(uploads).toHaveLength(isLeft ? 1 : 0);
      },
      20_000,
    );
  });

  it.each(['begin', 'part', 'end'] as const)(
    'leaves what another one has put there after its %s began',
    async (step) => {
      const storage = open();
      bench.server.next({
        ...STEPS[step],
        // Before the next request of it; for the end, before it is looked at.
        ...(step === 'end'
          ? { reads: 'head', acts: false, answer: () => (seed(), refusal(412, 'PreconditionFailed')) }
          : { answer: (due) => (seed(), due) }),
      });
      const seed = (): void => void bench.server.s3.seed('b', 'theirs');
      await expectCode(storage.copy('a', 'b', { ifAbsent: true }), 'ALREADY_EXISTS');
      expect(bench.server.s3.objects.get('b')?.body.toString()).toBe('theirs');
      expect((await storage.as(MultipartUploads).list({ prefix: 'b' })).uploads).toEqual([]);
    },
  );

  it.each(['begin', 'part', 'end'] as const)(
    'is not missing its source when a sweep of another process ends it after its %s began',
    async (step) => {
      const storage = open();
      let swept = 0;
      const sweep = (): void => {
        swept += bench.server.s3.uploads.pending.size;
        bench.server.s3.uploads.pending.clear();
      };
      bench.server.next({
        ...STEPS[step],
        ...(step === 'end'
          ? { reads: 'head', acts: false, answer: () => (sweep(), refusal(404, 'NoSuchUpload')) }
          : { answer: (due) => (sweep(), due) }),
      });
      const copy = () => storage.copy('a', 'b', { ifAbsent: true });
      expect([(await expectCode(copy(), 'CONFLICT')).reason, swept]).toEqual(['upload', 1]);
      expect(await storage.exists('b')).toBe(false);
      expect(await copy()).toMatchObject({ size: SEEDED.a.length });
    },
  );

  it('holds for what is empty, too', async () => {
    const storage = open();
    bench.server.s3.seed('a', '');
    expect((await storage.copy('a', 'b', { ifAbsent: true })).size).toBe(0);
    bench.server.s3.seed('a', 'new');
    await expectCode(storage.copy('a', 'b', { ifAbsent: true }), 'ALREADY_EXISTS');
    expect((await storage.as(MultipartUploads).list({ prefix: 'b' })).uploads).toEqual([]);
  });
});
