import { describe, expect, it, jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { Fault } from '../../../faults/fault.js';
import { KIB, MIB, readAll } from '../../../support/bodies.js';
import { failure } from '../../../support/errors.js';
import { sleep, within } from '../../../support/within.js';
import { PATIENT, SHORT, usePatientServer } from './patient-server.js';
import { outcomeOf, useFaultServer } from './support.js';

const big = randomBytes(16 * MIB);
/** More than the limits of the bench make of an operation; a minute and more would be those that hold where none are given. */
const IN_TIME_MS = 7_000;

describe('a server that does not go on', () => {
  const bench = useFaultServer();

  it('takes the connection and reads nothing: TIMEOUT', async () => {
    bench.server.nextConnection('silent', 100);
    const { code, reason, ms } = await outcomeOf(bench.storage.bytes('a'));
    expect({ code, reason }).toEqual({ code: 'TIMEOUT', reason: 'first-byte' });
    expect(ms).toBeLessThan(IN_TIME_MS);
  });

  it('reads nothing of a body: the upload ends as soon as nothing is taken any more', async () => {
    bench.server.next({ times: Infinity, reads: 'head', sends: 'nothing', then: 'stall' });
    const storage = bench.open({ requestTimeoutMs: 5_000, retryBudgetMs: 1_000 });
    const { code, reason, ms } = await outcomeOf(storage.put('n', big));
    expect(['TIMEOUT', 'OUTCOME_UNKNOWN']).toContain(code);
    expect(reason).toBe('idle');
    expect(ms).toBeLessThan(IN_TIME_MS);
    expect(bench.server.s3.objects.has('n')).toBe(false);
  });

  it('reads a part of a body: the upload is sent again', async () => {
    bench.server.next({ reads: 3 * MIB, sends: 'nothing', then: 'stall' });
    const storage = bench.open({ ...PATIENT, idleTimeoutMs: 1_500 });
    await storage.put('n', big);
    expect(bench.server.s3.objects.get('n')?.body.equals(big)).toBe(true);
    expect(bench.server.seen('PUT')).toHaveLength(2);
  });

  it('reads a body slowly: the upload goes on for as long as a request may take, and then ends', async () => {
    const slow: Fault = { times: Infinity, method: 'PUT', delayMs: 250 };
    bench.server.next(slow);
    expect((await outcomeOf(bench.open(PATIENT).put('n', 'slow'))).code).toBe('ok');
    expect(bench.server.seen('PUT')).toHaveLength(1);
  });

  it.each(['half-head', 'head'] as const)('sends %s of an answer without a body: TIMEOUT', async (sends) => {
    bench.server.next({
      times: Infinity,
      method: 'HEAD',
      sends,
      bytes: (bytes) => bytes.subarray(0, -2),
      then: 'stall',
    });
    const { code, ms } = await outcomeOf(bench.storage.head('a'));
    expect(code).toBe('TIMEOUT');
    expect(ms).toBeLessThan(IN_TIME_MS);
  });

  it('dribbles its headers for ever: TIMEOUT, by the limit of a whole try', async () => {
    bench.server.next({ times: Infinity, pace: { bytes: 1, everyMs: 30 } });
    const { code, ms } = await outcomeOf(bench.storage.head('a'));
    expect(code).toBe('TIMEOUT');
    expect(ms).toBeLessThan(IN_TIME_MS);
  });

  it.each(['head', 'half'] as const)('sends %s of a content: the rest is asked for', async (sends) => {
    bench.server.s3.seed('big', big);
    bench.server.next({ key: 'big', sends, then: 'stall' });
    const { body } = await bench.open({ ...PATIENT, idleTimeoutMs: 1_500 }).get('big');
    const began = performance.now();
    expect((await within(readAll(body))).equals(big)).toBe(true);
    expect(performance.now() - began).toBeLessThan(IN_TIME_MS);
    expect(bench.server.seen()).toHaveLength(2);
  });

  it('sends nothing but heads of a content: the body fails with TIMEOUT', async () => {
    bench.server.s3.seed('big', big);
    bench.server.next({ times: Infinity, key: 'big', sends: 'head', then: 'stall' });
    const { body } = await bench.storage.get('big');
    const began = performance.now();
    const error = await failure(readAll(body));
    expect(error).toMatchObject({ code: 'TIMEOUT', reason: 'idle' });
    expect(performance.now() - began).toBeLessThan(IN_TIME_MS);
    expect(bench.server.seen().length).toBeGreaterThan(1);
  });

  it('stops within a list: TIMEOUT', async () => {
    bench.server.next({ times: Infinity, sends: 'half', then: 'stall' });
    const { code, ms } = await outcomeOf(bench.storage.page());
    expect(code).toBe('TIMEOUT');
    expect(ms).toBeLessThan(IN_TIME_MS);
  });

  it('stops within the reason of a refusal: the status says enough', async () => {
    bench.server.next({
      times: Infinity,
      answer: { status: 403, headers: {}, body: Buffer.alloc(KIB, 'x') },
      sends: 'half',
      then: 'stall',
    });
    const { code, ms } = await outcomeOf(bench.storage.bytes('a'));
    expect(code).toBe('PERMISSION_DENIED');
    expect(ms).toBeLessThan(IN_TIME_MS);
  });

  it('stops within the answer to an upload, whose headers said that it is done', async () => {
    const answer = { status: 200, headers: { etag: '"x"' }, body: Buffer.alloc(100, ' ') };
    bench.server.next({ answer: () => answer, sends: 'half', then: 'stall' });
    expect((await outcomeOf(bench.storage.put('n', 'x'))).code).toBe('ok');
    // Nobody reads on for ever.
    expect(await bench.server.settled(1, IN_TIME_MS)).toBe(true);
  });
});

describe('a reader that takes its time', () => {
  const bench = usePatientServer();

  it('gets all of a body, however long it pauses', async () => {
    bench.server.s3.seed('big', big);
    const { body } = await bench.open(SHORT).get('big');
    const chunks: Buffer[] = [];
    let pauses = 0;
    for await (const chunk of body) {
      chunks.push(chunk as Buffer);
      // Twice longer than the server may be silent.
      if (pauses++ < 2) await sleep(2_000);
    }
    expect(Buffer.concat(chunks).equals(big)).toBe(true);
    expect(bench.server.seen()).toHaveLength(1);
  });

  it('may begin late', async () => {
    bench.server.s3.seed('big', big);
    const { body } = await bench.open(SHORT).get('big');
    await sleep(2_000);
    expect((await readAll(body)).equals(big)).toBe(true);
  });

  it('holds back the server, and not the memory', async () => {
    bench.server.s3.seed('big', big);
    const { body } = await bench.storage.get('big');
    body.once('readable', () => undefined);
    await sleep(200);
    expect(bench.server.counts.busy).toBe(1);
    expect(body.readableLength).toBeLessThan(MIB);
    body.destroy();
    expect(await bench.server.settled()).toBe(true);
  });

  it('gets the rest when the server stopped during its pause', async () => {
    bench.server.s3.seed('big', big);
    bench.server.next({ key: 'big', sends: 'half', then: 'stall' });
    const { body } = await bench.open(SHORT).get('big');
    body.pause();
    await sleep(1_500);
    expect((await within(readAll(body))).equals(big)).toBe(true);
    expect(bench.server.seen()).toHaveLength(2);
  });

  it('is not waited for longer than a minute when it never begins', async () => {
    bench.server.s3.seed('big', big);
    const { body } = await bench.storage.get('big');
    const now = performance.now.bind(performance);
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => now() + 61_000);
    try {
      for (const end = now() + 5_000; !body.destroyed && now() < end;) await sleep(5);
    } finally {
      clock.mockRestore();
    }
    expect(body.destroyed).toBe(true);
    expect(body.errored).toMatchObject({ code: 'TIMEOUT', reason: 'unread' });
    expect(await bench.server.settled(0)).toBe(true);
  });

  it('may walk away at any time', async () => {
    bench.server.s3.seed('big', big);
    for (const take of [0, 1, 3]) {
      const { body } = await bench.storage.get('big');
      const chunks = body[Symbol.asyncIterator]();
      for (let taken = 0; taken < take; taken++) await chunks.next();
      body.destroy();
      expect(await within(bench.server.settled(0), 'letting go')).toBe(true);
    }
  });
});
