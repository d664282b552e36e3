import { describe, expect, it } from '@jest/globals';
import type { Answer } from '../../../faults/http-message.js';
import { refusal } from '../../../faults/tiny-s3.js';
import { expectCode } from '../../../support/errors.js';
import { within } from '../../../support/within.js';
import { usePatientServer } from './patient-server.js';
import { outcomeOf } from './support.js';

const isProbe = ({ key }: { readonly key: string }): boolean => key.includes('.stowage-probe-');

/** More tries than a probe makes would be used up by what all writers of it get. */
const ONCE = { profile: 'other', maxAttempts: 1 } as const;

describe('the proof of a condition', () => {
  const bench = usePatientServer();
  const probes = () =>
    new Set(
      bench.server
        .seen('PUT')
        .filter(isProbe)
        .map(({ key }) => key),
    ).size;
  const create = (storage = bench.open(ONCE)) => storage.put('n', 'new', { ifAbsent: true });

  it('holds for a writer that may not delete, and is made once', async () => {
    bench.server.next({ method: 'DELETE', times: Infinity, answer: refusal(403, 'AccessDenied') });
    const storage = bench.open(ONCE);
    await create(storage);
    await expectCode(create(storage), 'ALREADY_EXISTS');
    expect(probes()).toBe(1);
  });

  const passing: readonly (readonly [string, Answer])[] = [
    ['503 SlowDown', refusal(503, 'SlowDown')],
    ['500 InternalError', refusal(500, 'InternalError')],
    ['409 ConditionalRequestConflict', refusal(409, 'ConditionalRequestConflict')],
    ['400 RequestTimeout', refusal(400, 'RequestTimeout')],
    ['400 of a proxy', { status: 400, headers: {}, body: Buffer.from('<html>') }],
  ];

  it.each(passing)('stays open after %s, and is made again', async (_, answer) => {
    const storage = bench.open(ONCE);
    bench.server.next({ match: isProbe, method: 'PUT', times: 16, answer });
    const error = await expectCode(create(storage), 'UNAVAILABLE', 'THROTTLED', 'TIMEOUT');
    expect(error.temporary).toBe(true);
    expect((await outcomeOf(create(storage))).code).toBe('ok');
    expect(probes()).toBe(2);
  });

  it('stays open when the answer to the one that won is lost', async () => {
    const storage = bench.open(ONCE);
    bench.server.next({ match: isProbe, method: 'PUT', sends: 'nothing', then: 'reset' });
    expect((await expectCode(create(storage), 'UNAVAILABLE')).temporary).toBe(true);
    await create(storage);
  });

  it('leaves nothing behind when a part of it fails', async () => {
    bench.server.next({ match: isProbe, method: 'PUT', answer: refusal(503, 'SlowDown') });
    await outcomeOf(create());
    expect([...bench.server.s3.objects.keys()].filter((key) => isProbe({ key }))).toEqual([]);
  });

  it.each([
    ['501 NotImplemented', refusal(501, 'NotImplemented')],
    ['400 InvalidArgument', refusal(400, 'InvalidArgument')],
  ])('says that the server has none after %s', async (_, answer) => {
    const storage = bench.open(ONCE);
    bench.server.next({ match: isProbe, method: 'PUT', times: Infinity, answer });
    await expectCode(create(storage), 'UNSUPPORTED');
    await expectCode(create(storage), 'UNSUPPORTED');
    expect(probes()).toBe(1);
  });

  it('is not waited for by a caller that gave up, and goes on for the others', async () => {
    const storage = bench.open(ONCE);
    bench.server.next({ match: isProbe, method: 'PUT', times: 16, delayMs: 3_000 });
    const caller = new AbortController();
    const other = storage.put('o', 'other', { ifAbsent: true });
    const given = storage.put('n', 'new', { ifAbsent: true, signal: caller.signal });
    setTimeout(() => caller.abort(), 50);
    const began = performance.now();
    await expectCode(given, 'ABORTED');
    expect(performance.now() - began).toBeLessThan(2_500);
    await within(other, 'the other', 15_000);
    expect(probes()).toBe(1);
  });
});
