import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { StorageErrorCode } from '../../../../src/core/error.js';
import type { Fault } from '../../../faults/fault.js';
import { crc32Of } from '../../../faults/tiny-s3.js';
import { KIB, readAll } from '../../../support/bodies.js';
import { failure } from '../../../support/errors.js';
import { sleep } from '../../../support/within.js';
import { SHORT, usePatientServer } from './patient-server.js';
import { outcomeOf } from './support.js';

const content = randomBytes(10_000);
/** The bytes of an answer with a bit of its content turned. */
const flipped = (bytes: Buffer): Buffer => {
  const copy = Buffer.from(bytes);
  copy[copy.length - 1]! ^= 1;
  return copy;
};
const otherChecksum: Fault = {
  answer: (due) => ({
    ...due,
    headers: { ...due.headers, 'x-amz-checksum-crc32': crc32Of(Buffer.from('other')) },
  }),
};

describe('a small content', () => {
  const bench = usePatientServer();
  const seed = (bytes = content) => bench.server.s3.seed('k', bytes);

  it.each<[string, Fault]>([
    ['breaks off by a reset', { sends: 'half', then: 'reset' }],
    ['ends early', { sends: 'half', then: 'end' }],
    ['breaks off right after its headers', { sends: 'head', then: 'reset' }],
    ['stops', { sends: 'half', then: 'stall' }],
    ['has a wrong bit', { bytes: flipped }],
    ['has another checksum', otherChecksum],
  ])('that %s is asked for again before anybody gets it', async (_, fault) => {
    seed();
    bench.server.next({ ...fault, key: 'k' });
    const { info, body } = await bench.open(SHORT).get('k');
    expect(bench.server.seen()).toHaveLength(2);
    expect(info).toMatchObject({ size: content.length, etag: bench.etag('k') });
    expect((await readAll(body)).equals(content)).toBe(true);
  });

  it.each<[string, Fault, StorageErrorCode, string, number]>([
    ['breaks off', { sends: 'half', then: 'reset' }, 'UNAVAILABLE', 'connection', 3],
    ['stops', { sends: 'half', then: 'stall' }, 'TIMEOUT', 'idle', 3],
    ['dribbles', { pace: { bytes: 100, everyMs: 60 } }, 'TIMEOUT', 'total', 3],
    // What is wrong twice was not turned on its way.
    ['has a wrong bit', { bytes: flipped }, 'INTEGRITY', 'checksum', 2],
  ])('that %s each time fails the get itself', async (_, fault, code, reason, tries) => {
    seed();
    bench.server.next({ ...fault, key: 'k', times: Infinity });
    const storage = bench.open({ ...SHORT, maxAttempts: 3 });
    expect(await outcomeOf(storage.get('k'), 12_000)).toMatchObject({ code, reason });
    expect(bench.server.seen()).toHaveLength(tries);
  });

  it('is asked for once where nothing shall be sent again', async () => {
    seed();
    const storage = bench.open({ maxAttempts: 1 });
    for (const [fault, code] of [
      [{ sends: 'half', then: 'reset' }, 'UNAVAILABLE'],
      [otherChecksum, 'INTEGRITY'],
    ] as const) {
      bench.server.next({ ...fault, key: 'k' });
      expect(await outcomeOf(storage.get('k'))).toMatchObject({ code });
    }
    expect(bench.server.seen()).toHaveLength(2);
  });

  it('has its connection given back before anybody gets it', async () => {
    for (const bytes of [Buffer.alloc(0), content, randomBytes(64 * KIB)]) {
      seed(bytes);
      const { body } = await bench.storage.get('k');
      expect(bench.server.counts.busy).toBe(0);
      expect((await bench.storage.bytes('k')).equals(bytes)).toBe(true);
      // Nothing of it hangs on the server, however late it is read.
      await sleep(400);
      expect((await readAll(body)).equals(bytes)).toBe(true);
    }
    expect(bench.server.counts.total).toBe(1);
  });

  it('has at most 64 KiB: what is larger goes to its reader as it comes', async () => {
    const larger = randomBytes(64 * KIB + 1);
    seed(larger);
    bench.server.next({ key: 'k', sends: 'half', then: 'reset' });
    const { body } = await bench.storage.get('k');
    expect(bench.server.seen()).toHaveLength(1);
    expect((await readAll(body)).equals(larger)).toBe(true);
    // Not again: from where it broke off.
    expect(bench.server.seen()[1]?.headers['range']).toMatch(/^bytes=[1-9]\d*-65536$/);
  });

  it('may be a part of a large object, of which the checksum says nothing', async () => {
    seed(randomBytes(300_000));
    bench.server.next({ key: 'k', sends: 'half', then: 'reset' });
    const whole = bench.server.s3.objects.get('k')!.body;
    const { body, range } = await bench.storage.get('k', { range: { start: 1000, end: 1999 } });
    expect(range).toEqual({ start: 1000, end: 1999 });
    expect((await readAll(body)).equals(whole.subarray(1000, 2000))).toBe(true);
    expect(bench.server.seen()).toHaveLength(2);
  });

  it('that is another one than was asked for is not asked for again', async () => {
    seed();
    bench.server.next({ key: 'k', answer: (due) => ({ ...due, status: 206 }) });
    expect(await outcomeOf(bench.storage.get('k'))).toMatchObject({ code: 'INTEGRITY', reason: 'range' });
    expect(bench.server.seen()).toHaveLength(1);
  });

  it('ends with the signal while it comes, and afterwards', async () => {
    seed();
    bench.server.next({ key: 'k', sends: 'half', then: 'stall' });
    const early = new AbortController();
    const getting = outcomeOf(bench.storage.get('k', { signal: early.signal }));
    await sleep(50);
    early.abort();
    expect(await getting).toMatchObject({ code: 'ABORTED' });

    const late = new AbortController();
    const { body } = await bench.storage.get('k', { signal: late.signal });
    late.abort();
    expect(await failure(readAll(body))).toMatchObject({ code: 'ABORTED' });
  });
});
