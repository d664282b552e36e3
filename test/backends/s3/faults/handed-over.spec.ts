import { describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { MIB } from '../../../support/bodies.js';
import { expectCode } from '../../../support/errors.js';
import { sleep } from '../../../support/within.js';
import { refusal } from '../../../faults/tiny-s3.js';
import { usePatientServer } from './patient-server.js';
import { SEEDED } from './support.js';

describe('a request', () => {
  const bench = usePatientServer();

  it('that is aborted before it begins holds no connection', async () => {
    for (let i = 0; i < 3; i++)
      await expectCode(bench.storage.get('a', { signal: AbortSignal.abort() }), 'ABORTED');
    expect(bench.server.counts.open).toBe(0);
    expect(await bench.storage.text('a')).toBe(SEEDED.a);
  });

  it('that is aborted while another try is due holds no connection', async () => {
    bench.server.next({ answer: refusal(503, 'SlowDown'), times: Infinity });
    const controller = new AbortController();
    const work = bench.storage.get('a', { signal: controller.signal });
    setTimeout(() => controller.abort(), 30);
    await expectCode(work, 'ABORTED');
    expect(await bench.server.settled(1)).toBe(true);
  });

  it('is no success when the answer comes before the body was sent', async () => {
    const answer = { status: 200, headers: { etag: '"e"', 'content-length': '0' }, body: Buffer.alloc(0) };
    bench.server.next({ reads: 'head', answer, times: Infinity });
    const put = bench.storage.put('n', randomBytes(32 * MIB));
    await expectCode(put, 'OUTCOME_UNKNOWN');
  });

  it('is told by all of many at once that the bucket is in another region', async () => {
    const moved = refusal(301, 'PermanentRedirect', { 'x-amz-bucket-region': 'eu-west-1' });
    bench.server.next({
      match: ({ headers }) => !headers['authorization']?.includes('/eu-west-1/'),
      answer: moved,
      times: Infinity,
    });
    const texts = await Promise.all([1, 2, 3, 4].map(() => bench.storage.text('a')));
    expect(texts).toEqual(Array.from({ length: 4 }, () => SEEDED.a));
  });
});

describe('a body that nobody has read', () => {
  const bench = usePatientServer();

  it('survives that its connection closes, with SHA-256 too', async () => {
    const content = Buffer.from('content');
    const sha256 = createHash('sha256').update(content).digest('base64');
    bench.server.s3.seed('k', content);
    bench.server.next({
      key: 'k',
      answer: (due) => {
        const headers = Object.fromEntries(
          Object.entries(due.headers).filter(([name]) => name !== 'x-amz-checksum-crc32'),
        );
        return { ...due, headers: { ...headers, 'x-amz-checksum-sha256': sha256 } };
      },
      then: 'end',
    });
    const { body } = await bench.storage.get('k');
    await sleep(60);
    expect(Buffer.concat(await body.toArray()).toString()).toBe('content');
  });

  it('shows no signature in a log', async () => {
    const content = await bench.storage.get('a');
    expect(inspect(content, { depth: 10 })).not.toMatch(/AWS4-HMAC|authorization/i);
    content.body.destroy();
  });
});
