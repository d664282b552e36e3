import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { StorageError, type StorageErrorCode } from '../../../../src/core/error.js';
import { failing, KIB, MIB, released, stalled, streamOf } from '../../../support/bodies.js';
import { expectCode, failure } from '../../../support/errors.js';
import { sleep } from '../../../support/within.js';
import { usePatientServer } from './patient-server.js';
import { outcomeOf, SEEDED } from './support.js';

/** A stream of so much goes in one request; see large-puts.spec.ts for what is longer. */
const LIMIT = 8 * MIB;

describe('a stream as a body', () => {
  const bench = usePatientServer();

  it.each([0, 1, 64 * KIB, LIMIT - 1, LIMIT])('of %i bytes is sent again as it was', async (size) => {
    const body = randomBytes(size);
    bench.server.next({ method: 'PUT', acts: false, sends: 'nothing', then: 'reset' });
    const { size: stored } = await bench.storage.put('n', Readable.from([body], { objectMode: false }));
    expect(stored).toBe(size);
    expect(bench.server.s3.objects.get('n')?.body.equals(body)).toBe(true);
    expect(bench.server.seen('PUT').map(({ headers }) => headers['content-length'])).toEqual([
      String(size),
      String(size),
    ]);
  });

  it('that fails half way stores nothing', async () => {
    const { cause } = await expectCode(
      bench.storage.put('a', failing(new Error('disk gone'), randomBytes(MIB))),
      'ABORTED',
    );
    expect(cause).toMatchObject({ message: 'disk gone' });
    await expectCode(
      bench.storage.put('n', failing(new StorageError('INTEGRITY', 'bad source'))),
      'INTEGRITY',
    );
    expect(bench.server.seen()).toHaveLength(0);
  });

  it.each<[string, Readable | Buffer, number, StorageErrorCode]>([
    ['shorter stream', streamOf('abc'), 6, 'INVALID_ARGUMENT'],
    ['longer stream', streamOf('abcdef'), 3, 'INVALID_ARGUMENT'],
    ['empty stream', streamOf(), 1, 'INVALID_ARGUMENT'],
    ['stream of half of what it said, large', streamOf(randomBytes(MIB)), 2 * MIB, 'INVALID_ARGUMENT'],
    ['shorter buffer', Buffer.from('abc'), 6, 'INVALID_ARGUMENT'],
    ['longer buffer', Buffer.from('abcdef'), 3, 'INVALID_ARGUMENT'],
  ])('%s than was said stores nothing', async (_, body, size, code) => {
    await expectCode(bench.storage.put('a', body, { size }), code);
    expect(bench.server.seen()).toHaveLength(0);
    expect(bench.server.s3.objects.get('a')?.body.toString()).toBe(SEEDED.a);
  });

  it('that stalls is waited for: it has no limit but the signal', async () => {
    const body = stalled();
    const controller = new AbortController();
    const work = failure(bench.storage.put('n', body, { signal: controller.signal }));
    await sleep(900);
    expect(bench.server.counts.open).toBe(0);
    controller.abort();
    expect((await work).code).toBe('ABORTED');
    await released(body);
  });

  it('that comes slowly is stored', async () => {
    const slow = async function* () {
      for (let i = 0; i < 10; i++) {
        await sleep(60);
        yield Buffer.alloc(KIB, i);
      }
    };
    expect(await bench.storage.put('n', slow())).toMatchObject({ size: 10 * KIB });
  });

  it('is released when the put fails before it is read', async () => {
    const bodies = [streamOf('x'), streamOf('x')] as const;
    bench.server.next({ times: Infinity, sends: 'nothing', then: 'reset' });
    await expectCode(
      bench.open({ credentials: () => Promise.reject(new Error('no')) }).put('n', bodies[0]),
      'UNAUTHENTICATED',
    );
    await outcomeOf(bench.storage.put('n', bodies[1]));
    await Promise.all(bodies.map((body) => released(body)));
  });
});

describe('bytes as a body', () => {
  const bench = usePatientServer();

  it('are sent again as they were, many of them too', async () => {
    const body = randomBytes(20 * MIB);
    bench.server.next({ method: 'PUT', reads: 10 * MIB, sends: 'nothing', then: 'reset' });
    await bench.storage.put('n', body);
    expect(bench.server.s3.objects.get('n')?.body.equals(body)).toBe(true);
    expect(bench.server.seen('PUT')).toHaveLength(2);
  });
});
