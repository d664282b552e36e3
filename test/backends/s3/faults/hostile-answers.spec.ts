import { describe, expect, it } from '@jest/globals';
import { refusal } from '../../../faults/tiny-s3.js';
import { expectCode, failure } from '../../../support/errors.js';
import { usePatientServer } from './patient-server.js';
import { SEEDED } from './support.js';

describe('a wrong answer of a server', () => {
  const bench = usePatientServer();

  it.each(['Fri, 01 Jan 2500 00:00:00 GMT', 'Sat, 01 Jan 2022 00:00:00 GMT'])(
    'does not turn the clock of later requests: %s',
    async (date) => {
      bench.server.next({ answer: refusal(403, 'RequestTimeTooSkewed', { date }) });
      await expectCode(bench.storage.text('a'), 'UNAUTHENTICATED');
      expect(await bench.storage.text('a')).toBe(SEEDED.a);
      const year = new Date().getUTCFullYear();
      expect(bench.server.seen().at(-1)?.headers['x-amz-date']).toMatch(new RegExp(`^${year}`));
    },
  );

  it('does not move later requests to another region', async () => {
    const moved = refusal(400, 'AuthorizationHeaderMalformed', { 'x-amz-bucket-region': 'evil' });
    bench.server.next({ answer: moved, times: 2 });
    await failure(bench.storage.text('a'));
    expect(await bench.storage.text('a')).toBe(SEEDED.a);
    expect(bench.server.seen().at(-1)?.headers['authorization']).toContain('/us-east-1/');
  });

  it('says nothing of keys that it was not asked for, and an error counts more than a success', async () => {
    const body = Buffer.from(
      '<DeleteResult><Deleted><Key>z</Key></Deleted><Error><Key>a</Key><Code>Access\nDenied</Code>' +
        '<Message>no\u001b[31m\nlog line</Message></Error><Deleted><Key>a</Key></Deleted></DeleteResult>'.replace(
          '\u001b',
          '&#10;',
        ),
    );
    bench.server.next({
      method: 'POST',
      answer: { status: 200, headers: { 'content-length': String(body.length) }, body },
    });
    const [a, c] = await bench.storage.deleteMany(['a', 'c']);
    expect(a?.error?.code).toBe('UNKNOWN');
    expect(a?.error?.message).not.toMatch(/\p{Cc}/u);
    expect(c?.error?.code).toBe('OUTCOME_UNKNOWN');
  });

  it('that says "not modified" to no condition is no answer', async () => {
    bench.server.next({ answer: { status: 304, headers: {}, body: Buffer.alloc(0) }, times: Infinity });
    await expectCode(bench.storage.get('a'), 'INTEGRITY');
  });

  it('tells no signature that it repeats, and makes up no reasons', async () => {
    const told = `<Error><Code>config</Code><Message>AWS4 Signature=${'a1'.repeat(32)}</Message></Error>`;
    const body = Buffer.from(told);
    bench.server.next({
      answer: { status: 400, headers: { 'content-length': String(body.length) }, body },
      times: Infinity,
    });
    const error = await expectCode(bench.storage.get('a'), 'INVALID_ARGUMENT');
    expect(error.reason).toBeUndefined();
    expect(error.message).not.toContain('a1a1');
  });
});
