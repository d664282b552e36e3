import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createHash, createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import { canonicalQuery, encodeKey } from '../../../../src/backends/s3/wire/uri.js';
import {
  EMPTY_SHA256,
  Signer,
  UNSIGNED_PAYLOAD,
  sha256Hex,
  type RequestToSign,
  type SigningCredentials,
} from '../../../../src/backends/s3/wire/signer.js';
import { SigningKey } from '../../../../src/backends/s3/wire/signing-key.js';
import { thrown } from '../../../support/errors.js';
import * as arbitrary from './sdk-signer.js';

const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const scope = { region: 'us-east-1', service: 's3' };
const may24 = new Date('2013-05-24T00:00:00Z');

function request(changes: Partial<RequestToSign> = {}): RequestToSign {
  const host = 'examplebucket.s3.amazonaws.com';
  return { method: 'GET', host, path: '/test.txt', query: '', headers: {}, ...changes };
}

function signed(
  what: RequestToSign = request(),
  by: SigningCredentials = credentials,
  now: Date | number = may24,
  { in: where = scope, payload = EMPTY_SHA256, signer = new Signer() } = {},
): Record<string, string> {
  signer.sign(what, by, where, payload, now);
  return what.headers;
}

describe('the examples of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html', () => {
  const date = 'Fri, 24 May 2013 00:00:00 GMT';
  const welcome = sha256Hex(Buffer.from('Welcome to Amazon S3.'));

  it.each([
    [
      'GET Object',
      request({ headers: { range: 'bytes=0-9' } }),
      EMPTY_SHA256,
      'host;range;x-amz-content-sha256;x-amz-date',
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ],
    [
      'PUT Object',
      request({
        method: 'PUT',
        path: `/${encodeKey('test$file.text')}`,
        headers: { date, 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      }),
      welcome,
      'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    ],
    [
      'GET Bucket Lifecycle',
      request({ path: '/', query: canonicalQuery([['lifecycle', '']]) }),
      EMPTY_SHA256,
      'host;x-amz-content-sha256;x-amz-date',
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    ],
    [
      'List Objects',
      request({
        path: '/',
        query: canonicalQuery([
          ['prefix', 'J'],
          ['max-keys', '2'],
        ]),
      }),
      EMPTY_SHA256,
      'host;x-amz-content-sha256;x-amz-date',
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ],
  ])('%s', (_, what, payload, names, signature) => {
    expect(signed(what, credentials, may24, { payload })).toMatchObject({
      'x-amz-date': '20130524T000000Z',
      'x-amz-content-sha256': payload,
      authorization: `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=${names}, Signature=${signature}`,
    });
  });
});

describe('the signature of a request', () => {
  it("is that of the SDK's signer", async () => {
    const signer = new Signer();
    const payloads = fc.oneof(
      fc.constantFrom(UNSIGNED_PAYLOAD, EMPTY_SHA256),
      fc.uint8Array({ maxLength: 40 }).map(sha256Hex),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(arbitrary.methods, arbitrary.hosts, arbitrary.texts, arbitrary.queries),
        arbitrary.headerSets,
        fc.tuple(arbitrary.credentialSets, arbitrary.scopes, arbitrary.instants, payloads),
        async ([method, host, key, query], headers, [by, where, now, payload]) => {
          const path = `/bucket/${encodeKey(key)}`;
          const expected = await arbitrary.sdkSigner(by, where).sign(
            arbitrary.sdkRequest(method, path, query, {
              ...headers,
              host,
              'x-amz-content-sha256': payload,
            }),
            { signingDate: now },
          );
          const what = { method, host, path, query: canonicalQuery(query), headers: { ...headers } };
          signer.sign(what, by, where, payload, now);
          expect({ ...what.headers, host }).toEqual(expected.headers);
        },
      ),
      { numRuns: 700 },
    );
  });

  it('takes milliseconds as well as a date', () => {
    const now = Date.UTC(2026, 10, 21, 12, 34, 56, 789);
    expect(signed(request(), credentials, now)).toEqual(signed(request(), credentials, new Date(now)));
    expect(signed(request(), credentials, now)['x-amz-date']).toBe('20261121T123456Z');
  });

  it('replaces an earlier one', () => {
    const signer = new Signer();
    const what = request({ headers: { 'content-type': 'text/plain' } });
    const later = new Date('2013-05-25T10:00:00Z');
    signed(what, { ...credentials, sessionToken: 'token' }, may24, { signer });
    expect(what.headers['x-amz-security-token']).toBe('token');
    signed(what, credentials, later, { signer });
    expect(what.headers).toEqual(
      signed(request({ headers: { 'content-type': 'text/plain' } }), credentials, later),
    );
  });

  it('is an HMAC', () => {
    fc.assert(
      fc.property(arbitrary.credentialSets, arbitrary.scopes, arbitrary.texts, (by, where, text) => {
        const key = new SigningKey(by, where, '20130524');
        const hashed = createHash('sha256').update(text).digest('hex');
        const { region, service } = where;
        const place = `20130524/${region}/${service}/aws4_request`;
        for (const time of ['20130524T000000Z', '20130524T235959Z', '20130524T000000Z']) {
          const textToSign = `AWS4-HMAC-SHA256\n${time}\n${place}\n${hashed}`;
          expect(key.sign(time, text)).toBe(key.signText(textToSign));
        }
        const raw = place
          .split('/')
          .reduce<Buffer | string>(
            (secret, part) => createHmac('sha256', secret).update(part).digest(),
            `AWS4${by.secretAccessKey}`,
          );
        expect(key.signText(text)).toBe(createHmac('sha256', raw).update(text).digest('hex'));
      }),
      { numRuns: 300 },
    );
  });
});

describe('the key of a day', () => {
  const elsewhere = {
    'another secret': [{ ...credentials, secretAccessKey: 'another' }, may24, scope],
    'another access key': [{ ...credentials, accessKeyId: 'AKIAANOTHER' }, may24, scope],
    'another region': [credentials, may24, { ...scope, region: 'eu-west-1' }],
    'another service': [credentials, may24, { ...scope, service: 's3-object-lambda' }],
    'another day': [credentials, new Date('2013-05-25T00:00:00Z'), scope],
  } as const;

  it.each(Object.entries(elsewhere))('is another for %s', (_, [by, now, where]) => {
    const signer = new Signer();
    const first = { ...signed(request(), credentials, may24, { signer }) };
    const other = { ...signed(request(), by, now, { signer, in: where }) };
    expect(other).not.toEqual(first);
    expect(other).toEqual(signed(request(), by, now, { in: where }));
    expect(signed(request(), credentials, may24, { signer })).toEqual(first);
  });

  it('changes at midnight UTC, and back for a clock that is corrected', () => {
    const signer = new Signer();
    const midnight = Date.UTC(2026, 10, 22);
    for (const at of [midnight - 1, midnight, midnight - 1000, midnight + 999, midnight + 1000]) {
      const headers = signed(request(), credentials, at, { signer });
      expect(headers).toEqual(signed(request(), credentials, at));
      expect(headers['authorization']).toContain(at < midnight ? '/20261121/' : '/20261122/');
      expect(headers['x-amz-date']).toMatch(at < midnight ? /^20261121T235959Z$/ : /^20261122T00000[01]Z$/);
    }
  });

  it('is kept while it is used, and is made anew after many others', () => {
    const { keys } = new Signer();
    const stamp = keys.timestamp(may24);
    const first = keys.get(credentials, scope, stamp);
    for (let i = 0; i < 30; i++) {
      expect(keys.get({ ...credentials }, { ...scope }, stamp)).toBe(first);
      keys.get({ ...credentials, secretAccessKey: `secret ${i}` }, scope, stamp);
    }
    for (let i = 0; i < 30; i++) keys.get({ ...credentials, secretAccessKey: `secret ${i}` }, scope, stamp);
    const again = keys.get(credentials, scope, stamp);
    expect(again).not.toBe(first);
    expect(again.sign(stamp, 'text')).toBe(first.sign(stamp, 'text'));
  });

  it('shows no secret when it is printed', () => {
    const signer = new Signer();
    signed(request(), credentials, may24, { signer });
    const stamp = signer.keys.timestamp(may24);
    const shown = inspect([signer, signer.keys.get(credentials, scope, stamp)], {
      depth: 9,
      showHidden: true,
    });
    expect(shown).not.toContain(credentials.secretAccessKey);
    expect(shown).not.toContain('Buffer');
  });
});

describe('what cannot be signed', () => {
  const bad = { code: 'INVALID_ARGUMENT', reason: 'header' };

  it.each(['\r', '\n', '\r\nx-amz-acl: public-read', '\0', '\x7f', '\x1b'])(
    'is a header with the control character %j, and its value stays out of the message',
    (control) => {
      for (const name of ['x-amz-meta-a', 'content-type', 'cache-control', 'proxy-x']) {
        const what = request({ headers: { [name]: `classified${control}` } });
        const error = thrown(() => signed(what));
        expect(error).toMatchObject(bad);
        expect(error.message).toContain(`"${name}"`);
        expect(error.message).not.toContain('classified');
        expect(what.headers['authorization']).toBeUndefined();
      }
      const token = { ...credentials, sessionToken: `t${control}` };
      expect(thrown(() => signed(request(), token))).toMatchObject(bad);
    },
  );

  it('is a header beyond ASCII, which the server would see as other bytes', () => {
    expect(thrown(() => signed(request({ headers: { 'x-amz-meta-a': 'é' } })))).toMatchObject(bad);
  });

  it('is a host header of another host', () => {
    expect(thrown(() => signed(request({ headers: { host: 'other' } })))).toMatchObject(bad);
    const host = 'examplebucket.s3.amazonaws.com';
    const { authorization } = signed(request({ headers: { host } }));
    expect(authorization).toBe(signed(request())['authorization']);
  });

  it.each([NaN, Infinity, Date.UTC(10_000, 0), -1e15])('is the date %d', (now) => {
    expect(thrown(() => signed(request(), credentials, now))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(thrown(() => signed(request(), credentials, new Date(now)))).toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('is an access key id or a region with a line break, as files leave behind', () => {
    const error = thrown(() => signed(request(), { ...credentials, accessKeyId: 'AKIA\n' }));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(error.message).toContain('access key id');
    expect(
      thrown(() => signed(request(), credentials, may24, { in: { ...scope, region: 'us-east-1 ' } })).message,
    ).toContain('region');
  });
});
