import { BOUNDARY, field, file, part, send, SMALL, upload } from '../support/form.js';
import { BAD, CRLF, one, taken } from '../support/form-cases.js';
import type { HostileCase } from '../hostile-case.js';
import type { Wire } from '../support/wire.js';

export const partHeaders: readonly HostileCase[] = [
  one(
    'a part header of 64 KiB',
    () => send(part(`Content-Disposition: form-data; name="file"; filename="a"\r\nX: ${'x'.repeat(65_536)}`)),
    BAD,
    'the headers of a part have 16 KiB at most',
  ),
  one(
    '21 and 30 headers of a part',
    () =>
      send(
        part(
          `Content-Disposition: form-data; name="file"; filename="a.txt"\r\n${Array.from({ length: 30 }, (_, at) => `X-${at}: y`).join(CRLF)}`,
        ),
      ),
    BAD,
    '20 at most: RFC 7578, 4.8 knows three',
  ),
  one(
    '2,000 headers of a part',
    () =>
      send(
        part(
          `Content-Disposition: form-data; name="file"; filename="a.txt"\r\n${Array.from({ length: 2000 }, (_, at) => `X-${at}: ${'y'.repeat(10)}`).join(CRLF)}`,
        ),
      ),
    BAD,
    'the headers of a part have 16 KiB at most',
  ),
  taken(
    'a part header `__proto__`, `constructor`, `toString`',
    () =>
      send(
        part(
          'Content-Disposition: form-data; name="file"; filename="a.txt"\r\n__proto__: x\r\nconstructor: y\r\ntoString: z',
        ),
      ),
    'it is a name as any other',
  ),
  taken(
    'a part header without a colon',
    () => send(part('Content-Disposition: form-data; name="file"; filename="a.txt"\r\nX')),
    'what is not asked for is not looked at',
  ),
  one(
    'a part header with NUL, with ESC',
    () =>
      ['X:\0', 'X: \u001b[2J'].map((header) =>
        send(part(`Content-Disposition: form-data; name="file"; filename="a.txt"\r\n${header}`)),
      ),
    BAD,
    'RFC 9110, 5.5 has no such byte',
  ),
  one(
    '`Content-Disposition` twice, `name` twice',
    () => [
      send(
        part(
          'Content-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Disposition: form-data; name="b"',
        ),
      ),
      send(part('Content-Disposition: form-data; name="file"; name="files"; filename="a.txt"')),
    ],
    BAD,
    'readers choose differently among them',
  ),
  one(
    'no `Content-Disposition`',
    () => send(part('Content-Type: text/plain')),
    BAD,
    'a part without a name is none',
  ),
  one(
    '`Content-Disposition: attachment`',
    () => send(part('Content-Disposition: attachment; name="file"; filename="a.txt"')),
    BAD,
    'RFC 7578, 4.2: it is `form-data`',
  ),
  one(
    'a part without any header',
    () => upload(`--${BOUNDARY}${CRLF}${CRLF}x${CRLF}--${BOUNDARY}--${CRLF}`),
    BAD,
    'a part without a name is none',
  ),
  one(
    'a file without a field name, and with an empty one',
    () => [
      send(part('Content-Disposition: form-data; filename="a.txt"')),
      send(file('a.txt', 'x', 'text/plain', '')),
    ],
    BAD,
    'a part without a name is none',
  ),
  one(
    '`Content-Transfer-Encoding: base64`',
    () =>
      send(
        part(
          'Content-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Transfer-Encoding: base64',
          'eA==',
        ),
      ),
    BAD,
    'RFC 7578, 4.7 has done with it, and what is stored would not be the file',
  ),
  taken(
    '`Content-Length: 999` of a part',
    () => send(part('Content-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Length: 999')),
    'a part ends where its boundary is',
  ),
  one(
    'a type that is none (`text`, `text/plain, text/html`, `text/`)',
    () => ['text', 'text/plain, text/html', 'text/', '/'].map((type) => send(file('a.txt', 'x', type))),
    BAD,
    'it would become a header',
  ),
  one(
    'a type of 300 characters',
    () => send(file('a.txt', 'x', `text/${'x'.repeat(300)}`)),
    '415 TYPE_REFUSED',
    'no media type is as long',
  ),
];

const many =
  (count: number, make: (at: number) => Buffer): (() => Wire) =>
  () =>
    send(...Array.from({ length: count }, (_, at) => make(at)), file('a.txt'));
const LIMIT = 'beyond a limit of the form';

export const fields: readonly HostileCase[] = [
  one(
    '`__proto__`, `__proto__[x]`, `constructor[prototype][x]`, `a[__proto__][x]` as fields',
    () =>
      [
        '__proto__',
        '__proto__[x]',
        'constructor[prototype][x]',
        'constructor',
        'a[__proto__][x]',
        'prototype',
        'a[constructor]',
      ].map((name) => send(field(name), file('a.txt'))),
    BAD,
    'copied without care they would change what all objects have',
  ),
  taken(
    '`toString`, `hasOwnProperty`, `valueOf` as fields',
    () => send(field('toString'), field('hasOwnProperty'), field('valueOf'), file('a.txt')),
    'they are names: the body has no prototype',
  ),
  one(
    'a file in the field `__proto__`, `constructor`, `other`',
    () =>
      ['__proto__', 'constructor', 'toString', 'other', 'file[]', 'FILE', 'file ', 'files[0]'].map((name) =>
        send(file('a.txt', 'x', 'text/plain', name)),
      ),
    BAD,
    'files come in `file` or `files`',
  ),
  one('two files in `file`', () => send(file('a.txt'), file('b.txt')), BAD, 'it takes one'),
  one(
    '4 files where 3 are allowed',
    () => send(...['1', '2', '3', '4'].map((name) => file(name, 'x', 'text/plain', 'files'))),
    BAD,
    'beyond `maxFiles`: those that are stored are removed',
  ),
  one(
    '1,000 files',
    () => send(...Array.from({ length: 1000 }, () => file('a', '', 'text/plain', 'files'))),
    BAD,
    'beyond `maxFiles`',
  ),
  one(
    '101 fields',
    many(101, (at) => field(`f${at}`)),
    BAD,
    LIMIT,
  ),
  taken(
    '100 fields',
    many(100, (at) => field(`f${at}`)),
    'all that the limit allows',
  ),
  one(
    '10,000 fields',
    many(10_000, (at) => field(`f${at}`)),
    BAD,
    LIMIT,
  ),
  taken(
    '100 fields of one name',
    many(100, () => field('same')),
    'all that the limit allows',
  ),
  one('a field name of 101 bytes', () => send(field('n'.repeat(101)), file('a.txt')), BAD, LIMIT),
  one('a field of 65,537 bytes', () => send(field('a', 'x'.repeat(65_537)), file('a.txt')), BAD, LIMIT),
  one('`a[b][b]…`, 10,000 deep', () => send(field(`a${'[b]'.repeat(10_000)}`), file('a.txt')), BAD, LIMIT),
  one(
    '`a[b][b]…`, 9 deep where 8 are allowed',
    () => send(field(`a${'[b]'.repeat(9)}`), file('a.txt')),
    BAD,
    LIMIT,
  ),
  one(
    '`a[4294967294]`, `a[99999]`',
    () =>
      ['a[4294967294]', 'a[4294967295]', 'a[99999]'].map((name) =>
        send(field(name), field(name), file('a.txt')),
      ),
    { express: BAD, fastify: BAD },
    'an index is 1,000 at most: no array has holes',
  ),
  one('a field without a name', () => send(field(''), file('a.txt')), BAD, 'a part without a name is none'),
];

export const sizes: readonly HostileCase[] = [
  taken(
    'a file of `maxSize`',
    () => send(file('a.bin', Buffer.alloc(65_536), 'application/octet-stream')),
    'all that the limit allows',
  ),
  one(
    'a file of one byte more',
    () => send(file('a.bin', Buffer.alloc(65_537), 'application/octet-stream')),
    '413 TOO_LARGE',
    'reading stops at the first byte over',
  ),
  one(
    'a small file, and then one of one byte more',
    () =>
      send(
        file('a.bin', 'x', 'text/plain', 'files'),
        file('b.bin', Buffer.alloc(65_537), 'application/octet-stream', 'files'),
      ),
    '413 TOO_LARGE',
    'the first one is removed',
  ),
  taken('an empty file', () => send(file('a.txt', '')), 'it is a file'),
  one(
    '`Content-Length: 100 GB`',
    () => upload(SMALL, { headers: { 'Content-Length': '100000000000' } }),
    '413 TOO_LARGE',
    'what says itself that it is too long is refused at once',
  ),
];
