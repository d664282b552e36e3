import { describe, expect, it } from '@jest/globals';
import { refusal } from '../../../faults/tiny-s3.js';
import { failure } from '../../../support/errors.js';
import { sleep, within } from '../../../support/within.js';
import { usePatientServer } from './patient-server.js';
import { outcomeOf, SEEDED } from './support.js';

const slow = (retryAfter?: string) =>
  refusal(503, 'SlowDown', retryAfter === undefined ? {} : { 'retry-after': retryAfter });
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toUTCString();

/** Headers in which tries may differ. */
const ofTheTry = { authorization: '', 'x-amz-date': '' };

describe('a server that is too busy', () => {
  const bench = usePatientServer();

  it('is asked again after pauses that differ', async () => {
    const storage = bench.open({ maxAttempts: 5 });
    const first: number[] = [];
    for (let i = 0; i < 8; i++) {
      bench.server.requests.length = 0;
      bench.server.next({ times: 1, answer: slow() });
      await storage.bytes('a');
      const [one, two] = bench.server.seen();
      first.push(two!.at - one!.at);
    }
    // Of 0 to 100 ms: that all of eight are alike would be a pause without jitter.
    expect(Math.max(...first) - Math.min(...first)).toBeGreaterThan(10);
  });

  it.each([
    ['1', 1_000],
    ['in one or two seconds, as a date', undefined],
  ])('is left alone as long as it asks: Retry-After %s', async (value, ms) => {
    bench.server.next({ answer: () => slow(ms === undefined ? inSeconds(2) : value) });
    expect(await bench.storage.text('a')).toBe(SEEDED.a);
    const [one, two] = bench.server.seen();
    // A date has whole seconds.
    expect(two!.at - one!.at).toBeGreaterThanOrEqual((ms ?? 1_000) - 20);
    // With ten seconds at hand.
    expect(two!.at - one!.at).toBeLessThan(8_000);
  });

  it.each(['60', '999999999', inSeconds(3600)])(
    'is not waited for longer than the budget: Retry-After %s',
    async (value) => {
      bench.server.next({ times: Infinity, answer: slow(value) });
      const began = performance.now();
      const error = await failure(bench.storage.bytes('a'));
      expect(error.code).toBe('THROTTLED');
      expect(error.retryAfterMs).toBeGreaterThan(50_000);
      // Of the ten seconds that there are.
      expect(performance.now() - began).toBeLessThan(5_000);
      expect(bench.server.seen()).toHaveLength(1);
    },
  );

  it.each(['-1', '1000000000', '1e9', '0', 'soon', '', 'NaN', inSeconds(-3600), '0x10', '10, 20'])(
    'may say nonsense: Retry-After %j is none, or no reason to wait',
    async (value) => {
      bench.server.next({ answer: slow(value) });
      const { code, ms } = await outcomeOf(bench.storage.bytes('a'));
      expect(code).toBe('ok');
      expect(ms).toBeLessThan(5_000);
    },
  );

  it.each([
    ['SlowDown', slow()],
    ['429', { status: 429, headers: {}, body: Buffer.alloc(0) }],
  ])(
    'for a while is not asked ever more often: %s',
    async (_, answer) => {
      // Limits that a busy machine does not spend before the tokens are: a crowd waits for connections, too.
      const limits = { firstByteTimeoutMs: 40_000, requestTimeoutMs: 40_000, retryBudgetMs: 40_000 };
      const storage = bench.open({ ...limits, maxAttempts: 10 });
      bench.server.next({ times: Infinity, answer });
      const ended = await within(
        Promise.all(Array.from({ length: 300 }, () => outcomeOf(storage.bytes('a'), 30_000))),
        'the storm',
        40_000,
      );
      for (const { code } of ended) expect(code).toBe('THROTTLED');
      const asked = bench.server.seen().length;
      // Once for each, and a bucket of 100 for all of them together.
      expect(asked).toBeGreaterThan(300);
      expect(asked).toBeLessThanOrEqual(300 + 100);
      bench.server.requests.length = 0;
      for (let i = 0; i < 20; i++) await outcomeOf(storage.bytes('a'));
      expect(bench.server.seen()).toHaveLength(20);
      bench.server.heal();
      expect(await storage.text('a')).toBe(SEEDED.a);
      // It has recovered: what goes well pays for the tries of what does not.
      for (let i = 0; i < 20; i++) await storage.text('a');
      bench.server.next({ answer: slow() });
      expect(await storage.text('a')).toBe(SEEDED.a);
    },
    90_000,
  );

  it('has the tries that it is given, within the time that they have', async () => {
    bench.server.next({ times: Infinity, answer: refusal(500, 'InternalError') });
    await outcomeOf(bench.open({ maxAttempts: 1 }).bytes('a'));
    expect(bench.server.seen()).toHaveLength(1);
    const { ms } = await outcomeOf(bench.open({ maxAttempts: 100, retryBudgetMs: 700 }).bytes('a'));
    // Of the minutes that a hundred tries have.
    expect(ms).toBeLessThan(7_000);
    expect(bench.server.seen().length).toBeGreaterThan(2);
  });

  it('may come back within the tries of a request', async () => {
    const works = Promise.all(Array.from({ length: 10 }, () => bench.open({ maxAttempts: 20 }).text('a')));
    bench.server.next({ times: Infinity, sends: 'nothing', then: 'reset' });
    await sleep(300);
    bench.server.heal();
    expect(new Set(await within(works, 'the recovery'))).toEqual(new Set([SEEDED.a]));
  });

  it('gets the same bytes of each try', async () => {
    bench.server.next({ method: 'PUT', times: 2, sends: 'nothing', then: 'reset', acts: false });
    await bench.storage.put('n', 'the same body', { metadata: { m: 'x' } });
    const [one, two, three] = bench.server.seen('PUT').map(({ headers }) => ({ ...headers, ...ofTheTry }));
    expect(two).toEqual(one);
    expect(three).toEqual(one);
  });
});
