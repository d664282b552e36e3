import { gzipSync } from 'node:zlib';
import type { Answer, HostileCase, HostileList } from '../hostile-case.js';
import { asAnn, post, type Headers } from '../support/request.js';

const BAD = '400 INVALID_ARGUMENT';
/** There the body is read before the route. */
const PARSED = 'no JSON: on Express its body parser says so';
const READ = { method: 'GET', key: 'mine.txt' };
const STORE = { method: 'PUT', key: 'new.txt', contentType: 'text/plain', size: 5 };

/** Bodies of `presign` that are all answered alike. */
const asked = (
  what: string,
  bodies: readonly unknown[],
  why: string,
  answer: Answer = BAD,
  headers: Headers = {},
): HostileCase => ({
  what,
  send: () =>
    bodies.map((body) => ({
      ...post('/api/documents/presign', body, headers),
      label: JSON.stringify(body).slice(0, 80),
    })),
  answer,
  why,
});
const each = (base: object, name: string, values: readonly unknown[]): object[] =>
  values.map((value) => ({ ...base, [name]: value }));

const NONE = [0, -0, -5, 1.5, 604_801, 1e300, '60', '60s', null, true, [60], { seconds: 60 }];

export const asking: HostileList = {
  letter: 'Q',
  title: 'Asking for signed URLs',
  about: '`POST /api/documents/presign` with bodies that are not right.',
  cases: [
    asked(
      '`expiresIn`: 0, -5, 1.5, 604,801, text, `null`, an array',
      each(READ, 'expiresIn', NONE),
      'whole seconds, 1 to 604,800',
    ),
    asked(
      '`expiresIn`: 1e999 in the JSON',
      ['{"method":"GET","key":"mine.txt","expiresIn":1e999}'],
      'it is read as `Infinity`',
    ),
    asked(
      '`expiresIn`: `NaN`, `Infinity` in the JSON',
      [
        '{"method":"GET","key":"mine.txt","expiresIn":NaN}',
        '{"method":"GET","key":"mine.txt","expiresIn":Infinity}',
      ],
      PARSED,
      { express: '400', fastify: BAD },
    ),
    asked(
      '`expiresIn`: more than the application allows (3,601)',
      each(READ, 'expiresIn', [3_601, 86_400, 604_800]),
      'a client does not decide alone how long a URL lives',
    ),
    asked(
      '`method`: `get`, PATCH, OPTIONS, `__proto__`, an array, none',
      each({ key: 'mine.txt' }, 'method', [
        'get',
        'PATCH',
        'OPTIONS',
        '__proto__',
        'constructor',
        ['GET'],
        null,
        7,
        '',
        'GET\r\nX: y',
        'GET ',
      ]),
      'one of five',
    ),
    asked('`method`: none', [{ key: 'mine.txt' }], 'one of five'),
    asked(
      'members that there are not (`bucket`, `scope`, `storage`, `responseContentType` …)',
      each(READ, 'x', [1]).concat(
        [
          'bucket',
          'scope',
          'storage',
          'responseContentType',
          'responseContentDisposition',
          'responseCacheControl',
          'versionId',
          'metadata',
          'acl',
          'prefix',
          'cacheable',
        ].map((name) => ({ ...READ, [name]: 'x' })),
      ),
      'what a client may ask for is a closed list',
    ),
    asked(
      '`__proto__`, `constructor` as members',
      [
        '{"method":"GET","key":"mine.txt","__proto__":{"admin":true}}',
        '{"method":"GET","key":"mine.txt","constructor":{"prototype":{"admin":true}}}',
        '{"__proto__":{"method":"GET","key":"mine.txt"}}',
      ],
      'they are members as any other, and there are none of that name',
      BAD,
    ),
    asked(
      '`contentType`: no media type, CR/LF, two types',
      each(STORE, 'contentType', [
        '',
        'x',
        'text/plain\r\nX-Evil: 1',
        'text/plain\nx',
        'text/plain, text/html',
        'text/plain\0',
        'text/plain; x',
        7,
        null,
        ['text/plain'],
      ]),
      'it becomes a header',
    ),
    asked(
      '`contentType`: 300 characters',
      each(STORE, 'contentType', [`text/${'x'.repeat(300)}`]),
      'no media type is as long',
      '415 TYPE_REFUSED',
    ),
    asked(
      '`size`: -1, 1.5, text, beyond `maxSize`',
      each(STORE, 'size', [-1, 1.5, '5', null, 1e300]),
      'whole bytes',
    ),
    asked(
      '`size`: beyond `maxSize`',
      each(STORE, 'size', [64 * 1024 + 1, 1e12]),
      'the rule of the storage holds',
      '413 TOO_LARGE',
    ),
    asked(
      '`checksum`: of another kind',
      each(STORE, 'checksum', [
        'x',
        7,
        {},
        { algorithm: 'md5', value: 'x' },
        { algorithm: 'sha256', value: 'x' },
        { algorithm: 'sha256', value: '\r\nX: y' },
        { algorithm: '__proto__', value: 'AAAAAA==' },
        { algorithm: 'crc32', value: 'AAAA' },
      ]),
      'a digest of its kind, in base64',
    ),
    asked(
      '`key` with `${filename}` for a POST form',
      ['a/${filename}', '${filename}', 'x${', '${x}y'].map((key) => ({ method: 'POST', key, size: 5 })),
      'S3 would put the name of the file there; local disk has no forms',
      { local: '501 UNSUPPORTED', s3: BAD },
    ),
    asked('no object: `[]`', ['[]', '[{"method":"GET","key":"mine.txt"}]'], 'a body is one JSON object'),
    asked(
      'no object: `null`, a text, a number',
      ['null', '"x"', '7'],
      'a body is one JSON object; Express takes nothing else for JSON',
      { express: '400', fastify: BAD },
    ),
    asked('no body', [''], 'a body is one JSON object'),
    asked(
      'no JSON: two values, half a value, a comma too many, single quotes',
      ['{}{}', '{"method"', '{"method":"GET",}', "{'method':'GET'}"],
      PARSED,
      { express: '400', fastify: BAD },
    ),
    asked(
      'JSON that is nested 100,000 deep',
      [`{"method":"GET","key":${'['.repeat(7_000)}${']'.repeat(7_000)}}`],
      'a key is text',
    ),
    asked(
      'a body of more than 16 KiB',
      [{ ...READ, x: 'x'.repeat(17_000) }],
      'that is all that is read',
      '413 TOO_LARGE',
    ),
    {
      what: 'a body of 50 KiB that is 100 bytes long (`Content-Encoding: gzip`)',
      send: () => {
        const body = gzipSync(`${JSON.stringify(READ).slice(0, -1)}${' '.repeat(50_000)}}`);
        const headers = { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' };
        return asAnn('POST', '/api/documents/presign', headers, body);
      },
      answer: '415 TYPE_REFUSED',
      why: 'nothing is unpacked; what the body parser of Express has unpacked (100 KiB at most) is not taken',
    },
    asked(
      'a body of another type (`text/plain`, a form, none)',
      [READ],
      'a form of another site may not stand for it',
      '415 TYPE_REFUSED',
      { 'Content-Type': 'text/plain' },
    ),
  ],
};
