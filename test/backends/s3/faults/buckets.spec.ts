import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from '@jest/globals';
import { S3Buckets } from '../../../../src/backends/s3/buckets.js';
import type { Answer } from '../../../faults/http-message.js';
import { MIB } from '../../../support/bodies.js';
import { expectCode } from '../../../support/errors.js';
import { within } from '../../../support/within.js';
import { usePatientServer } from './patient-server.js';

const HEAD = '<?xml version="1.0"?><ListAllMyBucketsResult>';
const END = '</ListAllMyBucketsResult>';
const bucketsOf = (names: readonly string[]) =>
  `<Buckets>${names.map((name) => `<Bucket><Name>${name}</Name></Bucket>`).join('')}</Buckets>`;

function xml(text: string, status = 200): Answer {
  const body = Buffer.from(text);
  return {
    status,
    headers: { 'content-type': 'application/xml', 'content-length': String(body.length) },
    body,
  };
}

describe('buckets of a server that may lie', () => {
  const bench = usePatientServer();
  /** With time to send what is too long. */
  const buckets = () => bench.open({ maxAttempts: 1 }).as(S3Buckets);

  it('are read', async () => {
    bench.server.next({ answer: xml(HEAD + bucketsOf(['a1', 'b2']) + END) });
    expect((await buckets().list()).map(({ name }) => name)).toEqual(['a1', 'b2']);
  });

  it.each([200, 403])(
    'are not read from an answer without an end: status %i',
    async (status) => {
      bench.server.next({ answer: xml(HEAD + ' '.repeat(17 * MIB) + END, status), times: Infinity });
      const calls = buckets();
      const works = [() => calls.list(), () => calls.create(), () => calls.delete(), () => calls.region()];
      for (const work of status === 200 ? works.slice(0, 1) : works.slice(0, 3)) {
        const error = await expectCode(work(), 'UNAVAILABLE');
        expect(error.reason).toBe('protocol');
        expect(error.message).toContain('longer than 16777216 bytes');
      }
    },
    20_000,
  );

  it('are not read from pages without an end', async () => {
    const names = bucketsOf(['a1', 'b2', 'c3']);
    let page = 0;
    const next = () => xml(`${HEAD}${names}<ContinuationToken>${++page}</ContinuationToken>${END}`);
    bench.server.next({ answer: next, times: Infinity });
    const client = bench.storage.as(S3Client);
    const work = new S3Buckets(() => client, 'b', 100).list();
    await expect(within(work)).rejects.toMatchObject({ code: 'UNAVAILABLE', reason: 'protocol' });
    expect(page).toBe(26);
  });
});
