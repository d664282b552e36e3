import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { S3Buckets } from '../../../../src/backends/s3/buckets.js';
import { MultipartUploads } from '../../../../src/core/multipart-uploads.js';
import { xml } from '../../../faults/tiny-s3-answers.js';
import { failure } from '../../../support/errors.js';
import { usePatientServer } from './patient-server.js';

const KEYS = { accessKeyId: 'key', secretAccessKey: 'the-secret-key', sessionToken: 'the-session-token' };
const SECRET = /the-secret-key|the-session-token|AWS4-HMAC/;
const shown = (value: unknown) => inspect(value, { depth: 30 });

describe.each(['auto', 'sdk'] as const)('what a log shows, with requests %s', (requests) => {
  const bench = usePatientServer();
  const open = () => bench.open({ requests, credentials: KEYS, maxAttempts: 1 });

  it('has no keys that a refusal repeats', async () => {
    const told = `<Message>x-amz-security-token:${KEYS.sessionToken} is wrong</Message>`;
    const request = `<CanonicalRequest>x-amz-security-token:${KEYS.sessionToken}</CanonicalRequest>`;
    const signed = `<StringToSign>AWS4-HMAC-SHA256</StringToSign>`;
    const answer = xml(403, `<Error><Code>SignatureDoesNotMatch</Code>${told}${request}${signed}</Error>`);
    const storage = open();
    bench.server.next({ answer, times: Infinity });
    const calls = [() => storage.bytes('a'), () => storage.put('b', 'x'), () => storage.as(S3Buckets).list()];
    for (const call of calls) {
      const error = await failure(call());
      expect(error).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'signature' });
      expect(shown(error)).not.toMatch(SECRET);
      expect(shown(error)).toContain('is wrong');
    }
  });

  it('has no keys of a body, nor of what stores parts', async () => {
    const storage = open();
    bench.server.s3.seed('large', Buffer.alloc(100_000));
    const content = await storage.get('large');
    expect(shown(content)).not.toMatch(SECRET);
    content.body.destroy();
    expect(shown(storage.as(MultipartUploads))).not.toMatch(SECRET);
  });

  it('is nothing when a clock was wrong once, which a HEAD cannot say', async () => {
    const storage = open();
    const date = new Date(Date.now() + 3 * 3_600_000).toUTCString();
    bench.server.next({ method: 'HEAD', answer: { status: 403, headers: { date }, body: Buffer.alloc(0) } });
    expect(await storage.head('a')).toMatchObject({ key: 'a' });
  });
});
