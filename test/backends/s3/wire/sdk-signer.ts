import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import type { SigningCredentials, SigningScope } from '../../../../src/backends/s3/wire/signer.js';

/** The signer of the SDK, set up as its S3 client does. */
export function sdkSigner(credentials: SigningCredentials, { region, service }: SigningScope): SignatureV4 {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return new SignatureV4({
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
    region,
    service,
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: true,
  });
}

/** A request as the SDK's signer takes it: the values of one name of the query in an array. */
export function sdkRequest(
  method: string,
  path: string,
  query: readonly (readonly [string, string])[],
  headers: Readonly<Record<string, string>>,
): Parameters<SignatureV4['presign']>[0] {
  const values = new Map<string, string[]>();
  for (const [name, value] of query) values.set(name, [...(values.get(name) ?? []), value]);
  return {
    protocol: 'https:',
    hostname: 'unused.example',
    method,
    path,
    query: Object.fromEntries(values),
    headers: { ...headers },
    // No text and no bytes: where no header gives a hash, the body is unsigned.
    body: {},
  };
}

const unicode = fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => text.isWellFormed());
const awkward = fc.constantFrom(
  ...[
    '/',
    '//',
    '.',
    '..',
    '%',
    '%2F',
    '%25',
    '+',
    ' ',
    '&',
    '=',
    '?',
    '#',
    ';',
    ':',
    "!'()*",
    '~',
    '$',
    '@',
  ],
  ...['😀', '𐀀', 'é', 'e\u0301', '日本', '\ufffd', '\u{10ffff}', '\t', '\u00a0', 'plain', 'UPPER', '-_.'],
);

/** Any text that UTF-8 can carry, most of it awkward in URLs. */
export const texts = fc
  .array(fc.oneof(awkward, awkward, unicode), { maxLength: 8 })
  .map((parts) => parts.join(''));

const names = fc
  .oneof(
    fc.constantFrom(
      ...['a', 'a-b', 'a.b', 'a1', 'A', 'prefix', 'versionId', 'uploads'],
      // Among those of a presigned URL in its order, and after them.
      ...['X', 'X-Amz-D', 'X-Amz-Tagging', 'XY', 'Y', 'x-amz-checksum-mode'],
    ),
    texts,
  )
  // The SDK's signer builds an object of names with assignments, so this one is lost to it.
  .filter((name) => name !== '__proto__');

/** The pairs of a query, some names there twice, some without a value. */
export const queries = fc.array(fc.tuple(names, fc.oneof(fc.constant(''), texts)), { maxLength: 8 });

/** Header values: ASCII, with blanks inside and around. */
export const headerValues = fc
  .array(
    fc.oneof(fc.constantFrom(' ', '  ', '\t', ' \t '), fc.string({ unit: 'grapheme-ascii', maxLength: 9 })),
    {
      maxLength: 6,
    },
  )
  .map((parts) => parts.join(''));

const headerNames = fc.oneof(
  fc.constantFrom(
    ...['content-type', 'content-length', 'content-md5', 'content-disposition', 'range', 'if-match', 'te'],
    ...[
      'cache-control',
      'user-agent',
      'expect',
      'connection',
      'transfer-encoding',
      'x-amzn-trace-id',
      'from',
    ],
    ...[
      'proxy-authorization',
      'sec-fetch-mode',
      'proxy',
      'section',
      'x-amz-meta-a',
      'x-amz-meta-a-b',
      'x-amz-acl',
    ],
    ...['x-amz-checksum-crc32', 'x-amz-copy-source', 'accept-encoding', 'zz', 'a', 'constructor'],
  ),
  fc.stringMatching(/^x-amz-meta-[a-z0-9!#$%&'*+.^_`|~-]{1,8}$/),
);

/** Headers in any order. */
export const headerSets = fc
  .uniqueArray(fc.tuple(headerNames, headerValues), { maxLength: 9, selector: ([name]) => name })
  .map((pairs): Record<string, string> => Object.fromEntries(pairs));

const secrets = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 60 })
  .filter((text) => text.isWellFormed());

/** Credentials with and without a session token. */
export const credentialSets = fc.record({
  accessKeyId: fc.stringMatching(/^[A-Za-z0-9_-]{1,24}$/),
  secretAccessKey: secrets,
  sessionToken: fc.option(fc.stringMatching(/^[A-Za-z0-9+/=]{1,80}$/), { nil: undefined }),
});

export const scopes = fc.record({
  region: fc.constantFrom('us-east-1', 'eu-central-1', 'auto', 'garage', 'us-gov-west-1'),
  service: fc.constantFrom('s3', 's3', 's3-object-lambda'),
});

/** Any instant that four digits of a year can say. */
export const instants = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
});

export const hosts = fc.constantFrom('examplebucket.s3.amazonaws.com', '127.0.0.1:9000', '[::1]:7480', 'h');
export const methods = fc.constantFrom('GET', 'PUT', 'HEAD', 'DELETE', 'POST');
