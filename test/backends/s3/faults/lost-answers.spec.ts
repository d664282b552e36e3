import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { Fault } from '../../../faults/fault.js';
import type { Answer } from '../../../faults/http-message.js';
import { refusal } from '../../../faults/tiny-s3.js';
import { MIB } from '../../../support/bodies.js';
import { operations, type FaultOperation } from './operations.js';
import { SHORT, usePatientServer } from './patient-server.js';
import { outcomeOf, SEEDED } from './support.js';

const html: Answer = {
  status: 502,
  headers: { 'content-type': 'text/html', server: 'nginx' },
  body: Buffer.from('<html><body><h1>502 Bad Gateway</h1></body></html>'),
};

/** The answer is lost, and nobody can tell whether the request had its effect. */
const lost: Readonly<Record<string, Fault>> = {
  'a reset instead of the answer': { sends: 'nothing', then: 'reset' },
  'an end instead of the answer': { sends: 'nothing', then: 'end' },
  'a reset within the headers': { sends: 'half-head', then: 'reset' },
  'an end within the headers': { sends: 'half-head', then: 'end' },
  'silence instead of the answer': { sends: 'nothing', then: 'stall' },
  'silence within the headers': { sends: 'half-head', then: 'stall' },
  'an error of a proxy': { answer: () => html },
};

/** The service says that nothing happened. */
const refused: Readonly<Record<string, Fault>> = {
  SlowDown: { acts: false, answer: refusal(503, 'SlowDown') },
  RequestTimeout: { acts: false, answer: refusal(400, 'RequestTimeout'), then: 'end' },
};

const everyOperation = Object.entries(operations);
const every = (faults: Readonly<Record<string, Fault>>): [string, string, FaultOperation, Fault][] =>
  everyOperation.flatMap(([name, operation]) =>
    Object.entries(faults).map(([what, fault]): [string, string, FaultOperation, Fault] => [
      name,
      what,
      operation,
      fault,
    ]),
  );
const changes = (rows: ReturnType<typeof every>) => rows.filter(([, , { done }]) => done);

describe('when one answer is lost', () => {
  const bench = usePatientServer();

  it.each(every(lost))('%s, with %s, is sent again where that is safe', async (_, __, operation, fault) => {
    const { method, repeatable, done, run } = operation;
    bench.server.next({ ...fault, method });
    const storage = fault.then === 'stall' ? bench.open(SHORT) : bench.storage;
    const { code } = await outcomeOf(run(storage, bench));
    expect(code).toBe(repeatable ? 'ok' : 'OUTCOME_UNKNOWN');
    expect(done?.(bench) ?? true).toBe(true);
    // A conditional put asks by HEAD whose object it is, and sends nothing a third time.
    expect(bench.server.seen(method)).toHaveLength(repeatable ? 2 : 1);
  });

  it.each(
    changes(
      every({
        'a reset before the server did anything': { acts: false, sends: 'nothing', then: 'reset' },
        // Of a proxy, most likely, so nothing is known of what is behind it.
        '503 without a body': { acts: false, answer: { status: 503, headers: {}, body: Buffer.alloc(0) } },
        '429 without a body': { acts: false, answer: { status: 429, headers: {}, body: Buffer.alloc(0) } },
      }),
    ),
  )('%s, with %s, is sent again where that is safe', async (_, __, operation, fault) => {
    const { method, repeatable, done, run } = operation;
    bench.server.next({ ...fault, method });
    expect((await outcomeOf(run(bench.storage, bench))).code).toBe(repeatable ? 'ok' : 'OUTCOME_UNKNOWN');
    expect(done?.(bench)).toBe(repeatable);
    expect(bench.server.seen(method)).toHaveLength(repeatable ? 2 : 1);
  });

  it.each(every(refused))('%s, after %s, is sent again', async (_, __, { method, done, run }, fault) => {
    // A HEAD has no body that would say what a 400 is for.
    if (method === 'HEAD' && fault === refused['RequestTimeout']) return;
    bench.server.next({ ...fault, method });
    expect((await outcomeOf(run(bench.storage, bench))).code).toBe('ok');
    expect(done?.(bench) ?? true).toBe(true);
    expect(bench.server.seen(method)).toHaveLength(2);
  });
});

/** Every request of the operation, with the HEAD by which a conditional put would find out; that of a delete comes first. */
const concerning = ({ method, patient }: FaultOperation): Fault => ({
  times: Infinity,
  // A copy looks at its source before.
  match: (request) =>
    request.method === method || (method === 'PUT' && !patient && request.method === 'HEAD'),
});

describe('when every answer is lost', () => {
  const bench = usePatientServer();

  it.each(everyOperation)('%s ends and says what is known', async (_, operation) => {
    const { method, repeatable, done, run } = operation;
    bench.server.next({ ...concerning(operation), sends: 'nothing', then: 'reset' });
    const { code } = await outcomeOf(run(bench.storage, bench));
    expect(code).toBe(done ? 'OUTCOME_UNKNOWN' : 'UNAVAILABLE');
    expect(bench.server.seen(method)).toHaveLength(repeatable ? 4 : 1);
  });

  it.each(everyOperation)('%s ends in time where the server is silent', async (_, operation) => {
    const limits = { firstByteTimeoutMs: 100, requestTimeoutMs: 200, retryBudgetMs: 300 };
    bench.server.next({ ...concerning(operation), sends: 'nothing', then: 'stall' });
    const { code, reason, ms } = await outcomeOf(operation.run(bench.open(limits), bench));
    expect({ code, reason }).toEqual({
      code: operation.done ? 'OUTCOME_UNKNOWN' : 'TIMEOUT',
      reason: operation.patient ? 'total' : 'first-byte',
    });
    // A try that has begun within the budget may take its time; a conditional put then asks what became of it. That is
    // 2 * (300 + 200) ms, and a minute and more with the limits that hold where none are given.
    expect(ms).toBeLessThan(7_000);
  });
});

describe('a conditional put whose answer was lost', () => {
  const bench = usePatientServer();
  const lose: Fault = { method: 'PUT', sends: 'nothing', then: 'reset' };

  it('says what it wrote, as a first answer would have', async () => {
    const plain = await bench.storage.put('m', 'body', { metadata: { own: 'x' }, ifAbsent: true });
    bench.server.next(lose);
    const info = await bench.storage.put('n', 'body', { metadata: { own: 'x' }, ifAbsent: true });
    expect(info).toMatchObject({ key: 'n', size: 4, etag: plain.etag, metadata: { own: 'x' } });
    expect(Object.keys(info).sort()).toEqual(Object.keys(plain).sort());
  });

  it('hides what it recognises itself by', async () => {
    await bench.storage.put('n', 'body', { metadata: { own: 'x' }, ifAbsent: true });
    expect(bench.server.seen('PUT')[0]?.headers['x-amz-meta-stowage-upload']).toMatch(/.{16}/);
    expect((await bench.storage.head('n')).metadata).toEqual({ own: 'x' });
  });

  it('finds another object there: ALREADY_EXISTS when that was there before', async () => {
    bench.server.next({ ...lose, acts: false });
    const { code } = await outcomeOf(bench.storage.put('a', 'mine', { ifAbsent: true }));
    expect(['ALREADY_EXISTS', 'OUTCOME_UNKNOWN']).toContain(code);
    expect(bench.server.s3.objects.get('a')?.body.toString()).toBe(SEEDED.a);
  });

  it.each([
    ['ifAbsent', 'n'],
    ['ifMatch', 'a'],
  ] as const)('with %s says that the outcome is unknown where it cannot ask', async (condition, key) => {
    bench.server.next(lose).next({ method: 'HEAD', times: Infinity, answer: refusal(500, 'InternalError') });
    const options = condition === 'ifAbsent' ? { ifAbsent: true } : { ifMatch: bench.etag('a') };
    expect((await outcomeOf(bench.storage.put(key, 'mine', options))).code).toBe('OUTCOME_UNKNOWN');
  });

  it.each([
    ['ifAbsent', 'n'],
    ['ifMatch', 'a'],
  ] as const)('with %s does not take the object of another for its own', async (condition, key) => {
    const options = condition === 'ifAbsent' ? { ifAbsent: true } : { ifMatch: bench.etag('a') };
    bench.server.next({
      ...lose,
      answer: (due) => {
        bench.server.s3.seed(key, 'of another');
        return due;
      },
    });
    const { code } = await outcomeOf(bench.storage.put(key, 'mine', options));
    // It was replaced meanwhile, or never there: both are seen alike.
    expect(['OUTCOME_UNKNOWN', 'ALREADY_EXISTS', 'PRECONDITION_FAILED']).toContain(code);
    expect(bench.server.s3.objects.get(key)?.body.toString()).toBe('of another');
  });

  it('with ifMatch says that the outcome is unknown when the object is gone', async () => {
    const ifMatch = bench.etag('a');
    bench.server.next({
      ...lose,
      answer: (due) => {
        bench.server.s3.objects.delete('a');
        return due;
      },
    });
    expect((await outcomeOf(bench.storage.put('a', 'mine', { ifMatch }))).code).toBe('OUTCOME_UNKNOWN');
  });

  it.each([
    ['ifAbsent', 'ALREADY_EXISTS'],
    ['ifMatch', 'PRECONDITION_FAILED'],
  ] as const)('with %s knows that a body which broke off was not stored', async (condition, code) => {
    const options = condition === 'ifAbsent' ? { ifAbsent: true } : { ifMatch: '0'.repeat(32) };
    bench.server.next({ method: 'PUT', reads: 100, sends: 'nothing', then: 'drop' });
    expect((await outcomeOf(bench.storage.put('a', randomBytes(16 * MIB), options))).code).toBe(code);
    expect(bench.server.seen('PUT')).toHaveLength(2);
  });

  it('fails at once when its first answer says so', async () => {
    expect((await outcomeOf(bench.storage.put('a', 'mine', { ifAbsent: true }))).code).toBe('ALREADY_EXISTS');
    const wrong = '0'.repeat(32);
    expect((await outcomeOf(bench.storage.put('a', 'mine', { ifMatch: wrong }))).code).toBe(
      'PRECONDITION_FAILED',
    );
    expect((await outcomeOf(bench.storage.put('x', 'mine', { ifMatch: wrong }))).code).toBe('NOT_FOUND');
    expect(bench.server.seen('PUT')).toHaveLength(3);
  });
});
