import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeKey } from '../../../../src/backends/s3/wire/uri.js';
import { presign, type RequestToPresign } from '../../../../src/backends/s3/wire/presigner.js';
import { Signer, sha256Hex } from '../../../../src/backends/s3/wire/signer.js';
import { thrown } from '../../../support/errors.js';
import * as arbitrary from './sdk-signer.js';

const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const scope = { region: 'us-east-1', service: 's3' };
const now = new Date('2013-05-24T00:00:00Z');

function request(changes: Partial<RequestToPresign> = {}): RequestToPresign {
  const host = 'examplebucket.s3.amazonaws.com';
  return { method: 'GET', host, path: '/test.txt', query: [], headers: {}, ...changes };
}

function presigned(what = request(), expiresIn = 86_400): string {
  return presign(what, credentials, scope, { expiresIn, now }, new Signer());
}

/** Each pair, decoded, in no order. */
function pairs(query: string): string[] {
  return query
    .split('&')
    .map((part) => part.split('=').map(decodeURIComponent).join('\0'))
    .sort();
}

it('signs the example of https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html', () => {
  expect(presigned()).toBe(
    'X-Amz-Algorithm=AWS4-HMAC-SHA256' +
      '&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
      '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
      '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  );
});

it("signs a URL as the SDK's signer does", async () => {
  const signer = new Signer();
  const payloads = fc.oneof(fc.constant(undefined), fc.uint8Array({ maxLength: 40 }).map(sha256Hex));
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(arbitrary.methods, arbitrary.hosts, arbitrary.texts, arbitrary.queries),
      fc.tuple(arbitrary.headerSets, payloads, fc.boolean()),
      fc.tuple(
        arbitrary.credentialSets,
        arbitrary.scopes,
        arbitrary.instants,
        fc.integer({ min: 1, max: 604_800 }),
      ),
      async ([method, host, key, query], [plain, payload, hoisted], [by, where, at, expiresIn]) => {
        const path = `/bucket/${encodeKey(key)}`;
        const hash = 'x-amz-content-sha256';
        const headers = payload === undefined ? plain : { ...plain, [hash]: payload };
        const all = new Set(Object.keys(headers));
        // What is hoisted, the SDK moves from the headers to the query.
        const unhoistable = new Set([...all].filter((name) => !hoisted || name !== hash));
        const toSign = arbitrary.sdkRequest(method, path, query, { ...headers, host });
        const { query: expected = {} } = await arbitrary.sdkSigner(by, where).presign(toSign, {
          signingDate: at,
          expiresIn,
          unhoistableHeaders: unhoistable,
          signableHeaders: all,
        });
        const moved = hoisted && payload !== undefined;
        const result = presign(
          {
            method,
            host,
            path,
            query: moved ? [...query, [hash, payload]] : query,
            headers: moved ? plain : headers,
          },
          by,
          where,
          { expiresIn, now: at },
          signer,
        );
        const wanted = Object.entries(expected).flatMap(([name, value]) =>
          [value ?? ''].flat().map((one) => `${name}\0${one}`),
        );
        expect(pairs(result)).toEqual(wanted.sort());
      },
    ),
    { numRuns: 700 },
  );
});

describe('a presigned URL', () => {
  it('names every header that the client has to send', () => {
    const headers = { 'content-type': 'text/plain', 'cache-control': 'no-store', 'x-amz-meta-a': 'b' };
    expect(presigned(request({ method: 'PUT', headers }))).toContain(
      '&X-Amz-SignedHeaders=cache-control%3Bcontent-type%3Bhost%3Bx-amz-meta-a&',
    );
    expect(headers).toEqual({
      'content-type': 'text/plain',
      'cache-control': 'no-store',
      'x-amz-meta-a': 'b',
    });
  });

  it('is another when any part of it is', () => {
    const parts: readonly Partial<RequestToPresign>[] = [
      {},
      { method: 'HEAD' },
      { host: 'other' },
      { path: '/test.txt/' },
      { query: [['versionId', '']] },
      { query: [['versionId', '1']] },
      { headers: { 'content-length': '1' } },
      { headers: { 'content-length': '2' } },
    ];
    const signatures = parts.map((part) => presigned(request(part)).slice(-64));
    signatures.push(presigned(request(), 86_399).slice(-64));
    expect(new Set(signatures).size).toBe(parts.length + 1);
  });

  it.each([0, -1, 604_801, 1.5, NaN, Infinity])('is not good for %d seconds', (expiresIn) => {
    expect(thrown(() => presigned(request(), expiresIn))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'expiresIn',
    });
  });

  it.each(['X-Amz-Expires', 'x-amz-signature', 'X-AMZ-Security-Token', 'X-Amz-SignedHeaders'])(
    'takes no %s from its caller',
    (name) => {
      expect(thrown(() => presigned(request({ query: [[name, '1']] })))).toMatchObject({
        code: 'INVALID_ARGUMENT',
        reason: 'query',
      });
    },
  );

  it('takes no header with a line break, whatever the header', () => {
    for (const name of ['x-amz-meta-a', 'cache-control'])
      expect(thrown(() => presigned(request({ headers: { [name]: 'a\r\nb: c' } })))).toMatchObject({
        code: 'INVALID_ARGUMENT',
        reason: 'header',
      });
  });
});
