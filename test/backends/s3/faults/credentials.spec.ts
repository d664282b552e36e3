import { describe, expect, it } from '@jest/globals';
import type { S3Credentials } from '../../../../src/backends/s3/options.js';
import { refusal, xml } from '../../../faults/tiny-s3.js';
import { failure } from '../../../support/errors.js';
import { sleep } from '../../../support/within.js';
import { operations } from './operations.js';
import { usePatientServer } from './patient-server.js';
import { LIMITS, outcomeOf, SEEDED } from './support.js';

const keys = (name: string, expiresInMs?: number): S3Credentials => ({
  accessKeyId: name,
  secretAccessKey: 'secret',
  sessionToken: `token-${name}`,
  ...(expiresInMs !== undefined && { expiration: new Date(Date.now() + expiresInMs) }),
});
const HOUR_MS = 3_600_000;

describe('credentials', () => {
  const bench = usePatientServer();
  const usedKeys = () =>
    bench.server.seen().map(({ headers }) => /Credential=([^/]+)/.exec(headers['authorization'] ?? '')?.[1]);

  it('that the server says have expired are renewed once', async () => {
    let asked = 0;
    const storage = bench.open({ credentials: () => Promise.resolve(keys(`k${++asked}`, HOUR_MS)) });
    bench.server.next({ answer: refusal(400, 'ExpiredToken') });
    expect(await storage.text('a')).toBe(SEEDED.a);
    expect(usedKeys()).toEqual(['k1', 'k2']);
    expect(bench.server.seen()[1]?.headers['x-amz-security-token']).toBe('token-k2');
  });

  it('that the server refuses again after that are UNAUTHENTICATED', async () => {
    let asked = 0;
    const storage = bench.open({ credentials: () => Promise.resolve(keys(`k${++asked}`, HOUR_MS)) });
    bench.server.next({ times: Infinity, answer: refusal(403, 'ExpiredToken') });
    expect(await failure(storage.bytes('a'))).toMatchObject({
      code: 'UNAUTHENTICATED',
      reason: 'expired-token',
    });
    expect(bench.server.seen()).toHaveLength(2);
  });

  it('that are the same when asked again are not tried again', async () => {
    bench.server.next({ times: Infinity, answer: refusal(403, 'ExpiredToken') });
    expect(await failure(bench.storage.bytes('a'))).toMatchObject({
      code: 'UNAUTHENTICATED',
      reason: 'expired-token',
    });
    expect(bench.server.seen()).toHaveLength(1);
  });

  it('that expired are asked for once, however many requests need them', async () => {
    let asked = 0;
    const storage = bench.open({
      credentials: async () => {
        await sleep(20);
        return keys(`k${++asked}`, HOUR_MS);
      },
    });
    await Promise.all(Array.from({ length: 20 }, () => storage.text('a')));
    expect(asked).toBe(1);
    bench.server.next({
      times: Infinity,
      match: ({ headers }) => headers['authorization']?.includes('=k1/') ?? false,
      answer: refusal(400, 'ExpiredToken'),
    });
    await Promise.all(Array.from({ length: 20 }, () => storage.text('a')));
    expect(asked).toBe(2);
  });

  it('are renewed before they expire', async () => {
    let asked = 0;
    const storage = bench.open({
      credentials: () => Promise.resolve(keys(`k${++asked}`, asked === 1 ? 1_000 : HOUR_MS)),
    });
    expect(await storage.text('a')).toBe(SEEDED.a);
    expect(await storage.text('a')).toBe(SEEDED.a);
    expect(await storage.text('a')).toBe(SEEDED.a);
    expect(new Set(usedKeys().slice(1))).toEqual(new Set(['k2']));
  });

  it.each(Object.entries(operations))(
    'that cannot be had are UNAUTHENTICATED, for %s',
    async (_, { run }) => {
      const storage = bench.open({ credentials: () => Promise.reject(new Error('no role')) });
      expect(await failure(run(storage, bench))).toMatchObject({
        code: 'UNAUTHENTICATED',
        reason: 'credentials',
      });
      expect(bench.server.seen()).toHaveLength(0);
    },
  );

  it('that never come are UNAUTHENTICATED, in time', async () => {
    const storage = bench.open({ ...LIMITS, credentials: () => new Promise(() => undefined) });
    const { code, ms } = await outcomeOf(storage.bytes('a'));
    expect(code).toBe('UNAUTHENTICATED');
    expect(ms).toBeLessThan(7_000);
  });

  it('come back when their provider does', async () => {
    let works = false;
    const provider = () =>
      works ? Promise.resolve(keys('k', HOUR_MS)) : Promise.reject(new Error('no role'));
    const storage = bench.open({ credentials: provider });
    expect((await outcomeOf(storage.bytes('a'))).code).toBe('UNAUTHENTICATED');
    works = true;
    expect(await storage.text('a')).toBe(SEEDED.a);
  });

  it('without keys are UNAUTHENTICATED', async () => {
    const storage = bench.open({ credentials: () => Promise.resolve({} as unknown as S3Credentials) });
    expect((await outcomeOf(storage.bytes('a'))).code).toBe('UNAUTHENTICATED');
  });

  it('never show in an error', async () => {
    const storage = bench.open({
      credentials: { accessKeyId: 'AKIDSECRETISH', secretAccessKey: 'very-secret', sessionToken: 'tok' },
    });
    bench.server.next({ times: Infinity, answer: refusal(403, 'SignatureDoesNotMatch') });
    const error = await failure(storage.bytes('a'));
    const shown = JSON.stringify([error, error.message, error.cause, String(error.stack)]);
    expect(shown).not.toMatch(/very-secret|AKIDSECRETISH/);
  });
});

describe('a clock that is wrong', () => {
  const bench = usePatientServer();
  const MIN_MS = 60_000;

  it.each([20, -20])('by %i minutes is corrected once, for all requests that follow', async (minutes) => {
    const date = new Date(Date.now() + minutes * MIN_MS).toUTCString();
    bench.server.next({ answer: refusal(403, 'RequestTimeTooSkewed', { date }) });
    expect(await bench.storage.text('a')).toBe(SEEDED.a);
    expect(await bench.storage.text('c')).toBe(SEEDED.c);
    const times = bench.server.seen().map(({ headers }) => timeOf(headers['x-amz-date'] ?? ''));
    expect(times).toHaveLength(3);
    for (const time of times.slice(1)) expect(Math.abs(time - Date.parse(date))).toBeLessThan(5_000);
  });

  it('is known from a HEAD that gives no reason', async () => {
    const date = new Date(Date.now() + 20 * MIN_MS).toUTCString();
    bench.server.next({ method: 'HEAD', answer: { status: 403, headers: { date }, body: Buffer.alloc(0) } });
    expect((await bench.storage.head('a')).size).toBe(SEEDED.a.length);
    expect(bench.server.seen()).toHaveLength(2);
  });

  it.each([undefined, 'no date'])(
    'is UNAUTHENTICATED where the server does not tell the time (%s)',
    async (date) => {
      const headers = { date: date ?? '' };
      bench.server.next({ times: Infinity, answer: refusal(403, 'RequestTimeTooSkewed', headers) });
      expect(await failure(bench.storage.bytes('a'))).toMatchObject({
        code: 'UNAUTHENTICATED',
        reason: 'clock-skew',
      });
      expect(bench.server.seen()).toHaveLength(1);
    },
  );

  it('that the correction does not mend is UNAUTHENTICATED, after two tries', async () => {
    bench.server.next({ times: Infinity, answer: refusal(403, 'RequestTimeTooSkewed') });
    expect(await failure(bench.storage.bytes('a'))).toMatchObject({
      code: 'UNAUTHENTICATED',
      reason: 'clock-skew',
    });
    expect(bench.server.seen()).toHaveLength(2);
  });
});

describe('a bucket in another region', () => {
  const bench = usePatientServer();
  const malformed = (region: string) =>
    xml(
      400,
      `<Error><Code>AuthorizationHeaderMalformed</Code><Message>wrong</Message><Region>${region}</Region></Error>`,
    );
  const regions = () =>
    bench.server
      .seen()
      .map(({ headers }) => /\/\d{8}\/([^/]+)\/s3\//.exec(headers['authorization'] ?? '')?.[1]);

  it.each([
    ['400 with the region in its body', malformed('eu-central-1')],
    [
      '301 with the region in a header',
      refusal(301, 'PermanentRedirect', { 'x-amz-bucket-region': 'eu-central-1' }),
    ],
    [
      '307 with the region in a header',
      refusal(307, 'TemporaryRedirect', { 'x-amz-bucket-region': 'eu-central-1' }),
    ],
    [
      '301 to a HEAD, with nothing but the header',
      { status: 301, headers: { 'x-amz-bucket-region': 'eu-central-1' }, body: Buffer.alloc(0) },
    ],
  ])('is followed once and remembered: %s', async (_, answer) => {
    bench.server.next({ answer });
    const ask = answer.body.length === 0 ? bench.storage.exists('a') : bench.storage.text('a');
    expect(['true', SEEDED.a]).toContain(String(await ask));
    expect(await bench.storage.text('c')).toBe(SEEDED.c);
    expect(regions()).toEqual(['us-east-1', 'eu-central-1', 'eu-central-1']);
  });

  it('that sends us in a circle is UNAUTHENTICATED, after two tries', async () => {
    let turn = 0;
    bench.server.next({
      times: Infinity,
      answer: () => malformed(turn++ % 2 === 0 ? 'eu-west-1' : 'us-east-1'),
    });
    expect(await failure(bench.storage.bytes('a'))).toMatchObject({
      code: 'UNAUTHENTICATED',
      reason: 'wrong-region',
    });
    expect(bench.server.seen()).toHaveLength(2);
  });

  it.each(['x.evil.example/#', 'EU', '', 'a'.repeat(64)])(
    'that is no region is not followed: %j',
    async (region) => {
      bench.server.next({ times: Infinity, answer: malformed(region) });
      expect((await outcomeOf(bench.storage.bytes('a'))).code).toBe('UNAUTHENTICATED');
      expect(bench.server.seen()).toHaveLength(1);
    },
  );

  it('that names another host is not asked there: the keys would go to it', async () => {
    const there = refusal(307, 'TemporaryRedirect', { location: 'http://127.0.0.1:1/b/a' });
    bench.server.next({ times: Infinity, answer: there });
    expect(await failure(bench.storage.bytes('a'))).toMatchObject({
      code: 'UNAUTHENTICATED',
      reason: 'wrong-region',
    });
    expect(bench.server.seen()).toHaveLength(1);
  });
});

/** `20260102T030405Z` */
function timeOf(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5'));
}
