import { describe, expect, it } from '@jest/globals';
import type { Answer } from '../../../faults/http-message.js';
import { refusal, xml } from '../../../faults/tiny-s3.js';
import { expectCode } from '../../../support/errors.js';
import { operations } from './operations.js';
import { usePatientServer } from './patient-server.js';
import { outcomeOf } from './support.js';

const bare = (status: number): Answer => ({ status, headers: {}, body: Buffer.alloc(0) });

/** Answers after which a request may have had its effect: of a proxy before the service, and of the service when it is lost. */
const UNSURE: readonly (readonly [string, Answer])[] = [
  ['503 without a body', bare(503)],
  [
    '503 with the text of a proxy',
    { ...bare(503), body: Buffer.from('upstream connect error or disconnect/reset before headers') },
  ],
  ['429 without a body', bare(429)],
  ['408 without a body', bare(408)],
  ['500 InternalError', refusal(500, 'InternalError')],
];

describe('a write that was done although the answer says otherwise', () => {
  const bench = usePatientServer();
  const own = ['put ifAbsent', 'put ifMatch'] as const;

  it.each(
    [...UNSURE, ['503 SlowDown', refusal(503, 'SlowDown')] as const].flatMap(([what, answer]) =>
      own.map((name) => [name, what, answer] as const),
    ),
  )('%s recognises its own object after %s', async (name, _, answer) => {
    const { run, done } = operations[name]!;
    bench.server.next({ method: 'PUT', acts: true, answer });
    expect((await outcomeOf(run(bench.storage, bench))).code).toBe('ok');
    expect(done?.(bench)).toBe(true);
  });

  it.each(
    UNSURE.flatMap(([what, answer]) =>
      (['delete ifMatch', 'copy ifAbsent'] as const).map((name) => [name, what, answer] as const),
    ),
  )('%s is not sent again after %s', async (name, _, answer) => {
    const { run, method } = operations[name]!;
    bench.server.next({ method, acts: true, answer });
    expect((await outcomeOf(run(bench.storage, bench))).code).toBe('OUTCOME_UNKNOWN');
    expect(bench.server.seen(method)).toHaveLength(1);
  });

  it.each(['put', 'delete', 'deleteMany', 'copy'] as const)(
    '%s does not know its outcome after nothing but 500 InternalError',
    async (name) => {
      const { run, method } = operations[name]!;
      bench.server.next({ method, times: Infinity, acts: true, answer: refusal(500, 'InternalError') });
      expect((await outcomeOf(run(bench.storage, bench))).code).toBe('OUTCOME_UNKNOWN');
    },
  );

  it.each([
    ['403 AccessDenied', refusal(403, 'AccessDenied')],
    ['400 ExpiredToken', refusal(400, 'ExpiredToken')],
    ['400 EntityTooLarge', refusal(400, 'EntityTooLarge')],
    ['404 NoSuchBucket', refusal(404, 'NoSuchBucket')],
  ])('is not undone by %s to the next try', async (_, answer) => {
    bench.server
      .next({ method: 'PUT', sends: 'nothing', then: 'reset' })
      .next({ method: 'PUT', times: Infinity, answer });
    expect((await outcomeOf(bench.storage.put('n', 'new'))).code).toBe('OUTCOME_UNKNOWN');
    expect(bench.server.s3.objects.has('n')).toBe(true);
  });

  it('is known not to be done where the service says why', async () => {
    const answer = xml(500, '<Error><Code>AccessDenied</Code></Error>');
    bench.server.next({ method: 'PUT', times: Infinity, answer });
    expect((await outcomeOf(bench.storage.put('n', 'new'))).code).toBe('PERMISSION_DENIED');
  });

  it.each([
    ['403', bare(403)],
    ['404', bare(404)],
    ['503', bare(503)],
  ])('a copy that was done is not reported as failed when the HEAD behind it gets %s', async (_, answer) => {
    bench.server.next({ method: 'HEAD', key: 'n', times: Infinity, answer });
    const error = await expectCode(bench.storage.copy('a', 'n'), 'OUTCOME_UNKNOWN');
    expect(error.cause).toMatchObject({ status: answer.status });
    expect(bench.server.s3.objects.has('n')).toBe(true);
  });
});

describe('a PUT that is answered without an ETag', () => {
  const bench = usePatientServer();
  const unacted = (): Answer => ({ status: 200, headers: { 'content-length': '0' }, body: Buffer.alloc(0) });

  it('tells what a HEAD finds, when that is what was put', async () => {
    bench.server.next({ method: 'PUT', acts: true, answer: unacted() });
    const { etag, size } = await bench.storage.put('a', 'mine');
    expect({ etag, size }).toEqual({ etag: bench.etag('a'), size: 4 });
  });

  it.each([
    ['size', 'longer than before', {}],
    ['checksum', 'old A', {}],
    ['token', 'old a', { ifMatch: '*' }],
  ] as const)('does not take an object of another %s for what was put', async (_, body, options) => {
    bench.server.next({ method: 'PUT', acts: false, answer: unacted() });
    expect((await outcomeOf(bench.storage.put('a', body, options))).code).toBe('OUTCOME_UNKNOWN');
  });

  it('says that its outcome is unknown when the HEAD fails', async () => {
    bench.server.next({ method: 'PUT', acts: true, answer: unacted() });
    bench.server.next({ method: 'HEAD', times: Infinity, answer: bare(403) });
    await expectCode(bench.storage.put('a', 'mine'), 'OUTCOME_UNKNOWN');
  });
});
