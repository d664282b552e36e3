import { describe, expect, it } from '@jest/globals';
import type { StorageErrorCode } from '../../../../src/core/error.js';
import type { SeenRequest } from '../../../faults/fault.js';
import type { Answer } from '../../../faults/http-message.js';
import { refusal, xml } from '../../../faults/tiny-s3.js';
import { MIB } from '../../../support/bodies.js';
import { failure } from '../../../support/errors.js';
import { operations } from './operations.js';
import { usePatientServer } from './patient-server.js';
import { outcomeOf, SEEDED } from './support.js';

const bare = (status: number, headers: Record<string, string> = {}): Answer => ({
  status,
  headers,
  body: Buffer.alloc(0),
});

type Row = [
  name: string,
  operation: string,
  answer: Answer,
  code: StorageErrorCode,
  reason: string | undefined,
  tries: number,
];

const rows: Row[] = [
  ['404 with XML', 'get', refusal(404, 'NoSuchKey'), 'NOT_FOUND', undefined, 1],
  ['404 without a body', 'get', bare(404), 'NOT_FOUND', undefined, 1],
  ['404 of a HEAD', 'head', bare(404), 'NOT_FOUND', undefined, 1],
  ['404 of a bucket', 'get', refusal(404, 'NoSuchBucket'), 'BUCKET_NOT_FOUND', undefined, 1],
  ['404 of a bucket', 'put', refusal(404, 'NoSuchBucket'), 'BUCKET_NOT_FOUND', undefined, 1],
  ['404 of a bucket', 'list', refusal(404, 'NoSuchBucket'), 'BUCKET_NOT_FOUND', undefined, 1],
  ['403 AccessDenied', 'get', refusal(403, 'AccessDenied'), 'PERMISSION_DENIED', undefined, 1],
  ['403 of a HEAD', 'exists', bare(403), 'PERMISSION_DENIED', undefined, 1],
  ['403 of a HEAD', 'head', bare(403), 'PERMISSION_DENIED', undefined, 1],
  [
    '403 SignatureDoesNotMatch',
    'put',
    refusal(403, 'SignatureDoesNotMatch'),
    'UNAUTHENTICATED',
    'signature',
    1,
  ],
  ['403 InvalidAccessKeyId', 'put', refusal(403, 'InvalidAccessKeyId'), 'UNAUTHENTICATED', 'access-key', 1],
  ['400 BadDigest', 'put', refusal(400, 'BadDigest'), 'INTEGRITY', 'checksum', 2],
  ['400 with HTML', 'put', { ...bare(400), body: Buffer.from('<html>') }, 'INVALID_ARGUMENT', undefined, 1],
  ['400 EntityTooLarge', 'put', refusal(400, 'EntityTooLarge'), 'TOO_LARGE', undefined, 1],
  ['413 without a body', 'put', bare(413), 'TOO_LARGE', undefined, 1],
  ['507 without a body', 'put', bare(507), 'NO_SPACE', undefined, 1],
  ['501 NotImplemented', 'put', refusal(501, 'NotImplemented'), 'UNSUPPORTED', undefined, 1],
  ['412', 'copy ifAbsent', refusal(412, 'PreconditionFailed'), 'ALREADY_EXISTS', undefined, 1],
  [
    '409 of a conditional put',
    'put ifAbsent',
    refusal(409, 'ConditionalRequestConflict'),
    'CONFLICT',
    undefined,
    4,
  ],
  ['403 of an archived object', 'get', refusal(403, 'InvalidObjectState'), 'CONFLICT', 'archived', 1],
  [
    '404 of a delete marker',
    'get',
    { ...refusal(404, 'NoSuchKey'), headers: { 'x-amz-delete-marker': 'true' } },
    'NOT_FOUND',
    undefined,
    1,
  ],
  ['500 InternalError', 'get', refusal(500, 'InternalError'), 'UNAVAILABLE', 'internal-error', 4],
  ['500 InternalError', 'put', refusal(500, 'InternalError'), 'OUTCOME_UNKNOWN', 'internal-error', 4],
  [
    '500 InternalError',
    'delete ifMatch',
    refusal(500, 'InternalError'),
    'OUTCOME_UNKNOWN',
    'internal-error',
    1,
  ],
  [
    '502 of a proxy',
    'get',
    { ...bare(502), body: Buffer.from('<html>Bad Gateway</html>') },
    'UNAVAILABLE',
    undefined,
    4,
  ],
  [
    '502 of a proxy',
    'put',
    { ...bare(502), body: Buffer.from('<html>Bad Gateway</html>') },
    'OUTCOME_UNKNOWN',
    undefined,
    4,
  ],
  ['504 of a proxy', 'list', bare(504), 'UNAVAILABLE', undefined, 4],
  ['503 SlowDown', 'put', refusal(503, 'SlowDown'), 'THROTTLED', undefined, 4],
  ['503 SlowDown', 'copy ifAbsent', refusal(503, 'SlowDown'), 'THROTTLED', undefined, 4],
  ['503 without a body', 'head', bare(503), 'UNAVAILABLE', undefined, 4],
  ['503 without a body', 'put', bare(503), 'OUTCOME_UNKNOWN', undefined, 4],
  ['503 without a body', 'delete ifMatch', bare(503), 'OUTCOME_UNKNOWN', undefined, 1],
  ['429 without a body', 'get', bare(429), 'THROTTLED', undefined, 4],
  [
    '400 of a provider that throttles',
    'put',
    refusal(400, 'RequestRateLimitExceeded'),
    'THROTTLED',
    undefined,
    4,
  ],
  ['an unknown status', 'get', bare(418), 'UNKNOWN', undefined, 1],
  [
    'a redirect nobody asked for',
    'get',
    bare(302, { location: 'http://127.0.0.1:1/' }),
    'UNKNOWN',
    undefined,
    1,
  ],
  ['304 to a get without a condition', 'get', bare(304), 'INTEGRITY', 'protocol', 1],
  [
    'DOCTYPE in an error',
    'get',
    xml(403, '<!DOCTYPE x [<!ENTITY e "AccessDenied">]><Error><Code>&e;</Code></Error>'),
    'PERMISSION_DENIED',
    undefined,
    1,
  ],
  [
    'an error of 4 MiB',
    'get',
    { ...bare(403), body: Buffer.alloc(4 * MIB, 'x') },
    'PERMISSION_DENIED',
    undefined,
    1,
  ],
];

/** Not the HEAD by which a conditional delete looks first, nor that of the bucket. */
const concerns = (name: string, { method, key }: SeenRequest): boolean =>
  ((key !== '' || name === 'list') && (method === 'HEAD') === (operations[name]?.method === 'HEAD')) ||
  method === 'GET';

describe('what a server refuses', () => {
  const bench = usePatientServer();

  it.each(rows)('%s, to %s', async (_, name, answer, code, reason, tries) => {
    const { method, run } = operations[name]!;
    bench.server.next({ times: Infinity, answer, match: (request) => concerns(name, request) });
    const error = await failure(run(bench.storage, bench));
    expect(error).toMatchObject({ code, ...(reason !== undefined && { reason }) });
    // A refusal that gives no reason is asked for it: by a GET of one byte, by a HEAD of the bucket.
    const asked = bench.server
      .seen(method)
      .filter(({ key, headers }) => headers['range'] !== 'bytes=0-0' && (key !== '' || name === 'list'));
    expect(asked).toHaveLength(tries);
    expect(
      Object.fromEntries([...bench.server.s3.objects].map(([key, { body }]) => [key, body.toString()])),
    ).toEqual(SEEDED);
  });

  it('says where, which request and how often in the cause', async () => {
    bench.server.next({
      times: Infinity,
      answer: refusal(503, 'SlowDown', { 'x-amz-request-id': 'R1', 'x-amz-id-2': 'R2' }),
    });
    const { cause } = await failure(bench.storage.bytes('a'));
    const host = bench.server.endpoint.slice('http://'.length);
    expect(cause).toMatchObject({
      status: 503,
      code: 'SlowDown',
      requestId: 'R1',
      extendedRequestId: 'R2',
      host,
      attempts: 4,
    });
  });

  it('never takes a refusal for absence', async () => {
    bench.server.next({ method: 'HEAD', times: Infinity, answer: bare(403) });
    bench.server.next({ method: 'GET', times: Infinity, answer: refusal(403, 'AccessDenied') });
    expect((await outcomeOf(bench.storage.exists('a'))).code).toBe('PERMISSION_DENIED');
    expect(await bench.storage.exists('c').then(String, () => 'failed')).toBe('failed');
  });
});
