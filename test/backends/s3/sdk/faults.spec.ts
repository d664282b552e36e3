import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from '@jest/globals';
import { StorageError } from '../../../../src/core/error.js';
import type { Fault } from '../../../faults/fault.js';
import { refusal } from '../../../faults/tiny-s3.js';
import { expectCode, failure } from '../../../support/errors.js';
import { sleep, within } from '../../../support/within.js';
import { operations, type FaultOperation } from '../faults/operations.js';
import { SHORT, usePatientServer } from '../faults/patient-server.js';
import { LIMITS, outcomeOf, SEEDED } from '../faults/support.js';

const SDK = { requests: 'sdk' } as const;
/** Less than anything but the signal takes to end what has stalled. */
const PROMPT_MS = 4_000;

/** The answer is lost, and nobody can tell whether the request had its effect. */
const lost: Readonly<Record<string, Fault>> = {
  'a reset instead of the answer': { sends: 'nothing', then: 'reset' },
  'silence instead of the answer': { sends: 'nothing', then: 'stall' },
};

const rows = Object.entries(operations).flatMap(([name, operation]) =>
  Object.entries(lost).map(([what, fault]): [string, string, FaultOperation, Fault] => [
    name,
    what,
    operation,
    fault,
  ]),
);

describe('when the SDK sends the requests and one answer is lost', () => {
  const bench = usePatientServer();

  it.each(rows)(
    '%s, with %s, is sent again where that is safe',
    async (_, __, operation, fault) => {
      const { method, repeatable, done, run } = operation;
      bench.server.next({ ...fault, method });
      const { code } = await outcomeOf(run(bench.open({ ...SDK, ...SHORT }), bench));
      expect(code).toBe(repeatable ? 'ok' : 'OUTCOME_UNKNOWN');
      expect(done?.(bench) ?? true).toBe(true);
      expect(bench.server.seen(method)).toHaveLength(repeatable ? 2 : 1);
    },
    15_000,
  );
});

describe('when the SDK sends the requests and the signal aborts', () => {
  const bench = usePatientServer();

  /** Begins `operation`, and aborts when the server has had its request and `answered` it or not. */
  const aborted = async (
    { method, run }: FaultOperation,
    { answered = false, reason }: { readonly answered?: boolean; readonly reason?: StorageError } = {},
  ): Promise<StorageError> => {
    const controller = new AbortController();
    const work = failure(run(bench.open(SDK), bench, controller.signal));
    const end = performance.now() + 5_000;
    while (bench.server.seen(method).length === 0 && performance.now() < end) await sleep(5);
    if (answered) await sleep(150);
    controller.abort(reason);
    return within(work, 'the abort', PROMPT_MS);
  };

  it.each(Object.entries(operations))('%s tells whether it may have happened', async (_, operation) => {
    const { method, done } = operation;
    bench.server.next({ method, sends: 'nothing', then: 'stall', times: Infinity });
    const { code } = await aborted(operation);
    expect(code).toBe(done ? 'OUTCOME_UNKNOWN' : 'ABORTED');
    expect(bench.server.seen(method)).toHaveLength(1);
  });

  it('names the StorageError of the signal as the cause', async () => {
    bench.server.next({ sends: 'nothing', then: 'stall', times: Infinity });
    const reason = new StorageError('TIMEOUT', 'too slow', { reason: 'mine' });
    const error = await aborted(operations['put']!, { reason });
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', reason: 'mine', cause: reason });
  });

  it('believes a server that was too busy to begin', async () => {
    const answer = refusal(503, 'SlowDown', { 'retry-after': '5' });
    bench.server.next({ acts: false, answer, times: Infinity });
    expect((await aborted(operations['put']!, { answered: true })).code).toBe('ABORTED');
  });

  it('does not believe a server that failed', async () => {
    const answer = refusal(500, 'InternalError', { 'retry-after': '5' });
    bench.server.next({ acts: false, answer, times: Infinity });
    expect((await aborted(operations['put']!, { answered: true })).code).toBe('OUTCOME_UNKNOWN');
  });
});

describe('when the SDK sends the requests', () => {
  const bench = usePatientServer();

  it('knows a refusal by its code, id and host', async () => {
    bench.server.next({ acts: false, answer: refusal(403, 'InvalidAccessKeyId') });
    const error = await expectCode(bench.open(SDK).text('a'), 'UNAUTHENTICATED');
    expect(error.reason).toBe('access-key');
    expect(error.cause).toMatchObject({
      name: 'S3ResponseError',
      status: 403,
      code: 'InvalidAccessKeyId',
      attempts: 1,
      unsure: false,
      host: new URL(bench.server.endpoint).host,
    });
  });

  it('says how often a busy server was asked', async () => {
    bench.server.next({ acts: false, answer: refusal(503, 'SlowDown'), times: 2 });
    const error = await expectCode(bench.open({ ...SDK, maxAttempts: 2 }).put('n', 'new'), 'THROTTLED');
    expect(error.cause).toMatchObject({ attempts: 2, unsure: false });
    expect(bench.server.seen('PUT')).toHaveLength(2);
  });

  it('knows that nothing was sent to a server that is not there', async () => {
    bench.server.refuse();
    const storage = bench.open({ ...SDK, maxAttempts: 1 });
    expect((await expectCode(storage.put('n', 'new'), 'UNAVAILABLE')).reason).toBe('connect');
  });

  it('reads an error inside a 200 of a copy', async () => {
    const answer = { ...refusal(200, 'InternalError'), status: 200 };
    bench.server.next({ acts: false, answer: () => answer, times: 9 });
    const storage = bench.open({ ...SDK, maxAttempts: 2 });
    expect((await expectCode(storage.copy('a', 'n'), 'OUTCOME_UNKNOWN')).reason).toBe('internal-error');
  }, 15_000);

  it('ends with its signal while the SDK waits to try again', async () => {
    bench.server.next({ acts: false, answer: refusal(503, 'SlowDown', { 'retry-after': '5' }), times: 9 });
    const controller = new AbortController();
    const storage = bench.open(SDK);
    const work = storage.head('a', { signal: controller.signal });
    while (bench.server.seen('HEAD').length === 0) await sleep(5);
    controller.abort();
    await within(expectCode(work, 'ABORTED'), 'the abort', PROMPT_MS);
  });

  it('ends, also by a client without time limits', async () => {
    const { endpoint } = bench.server;
    const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
    const client = new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
    bench.server.next({ sends: 'nothing', then: 'stall', times: 9 });
    const storage = bench.open({ ...SDK, ...LIMITS, client, profile: 'aws' });
    const { code, ms } = await outcomeOf(storage.text('a'));
    expect(code).toBe('TIMEOUT');
    expect(ms).toBeGreaterThan(LIMITS.requestTimeoutMs);
    expect(await outcomeOf(storage.put('n', 'new'))).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    client.destroy();
  }, 15_000);

  it('compares what it reads with the checksum, whatever the client does', async () => {
    const { endpoint } = bench.server;
    const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
    const client = new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
    const storage = bench.open({ ...SDK, client, profile: 'aws' });
    expect(await storage.text('a')).toBe(SEEDED.a);
    bench.server.next({
      answer: (answer) => ({ ...answer, body: Buffer.from(SEEDED.a.toUpperCase()) }),
      method: 'GET',
    });
    expect((await expectCode(storage.text('a'), 'INTEGRITY')).reason).toBe('checksum');
    client.destroy();
  });
});
