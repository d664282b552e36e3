import { gzipSync } from 'node:zlib';
import type { Answer, HostileCase, HostileList } from '../hostile-case.js';
import { file, form, upload } from '../support/form.js';
import { asAnn, request } from '../support/request.js';
import type { Wire } from '../support/wire.js';

const BODY = form([file('a.txt')]);
const CHUNK = `${BODY.length.toString(16)}\r\n${BODY.toString()}\r\n`;
const SMUGGLED = 'GET /api/documents/objects/mine.txt HTTP/1.1\r\nHost: x\r\nX-User: bob\r\n\r\n';

const one = (
  what: string,
  send: () => Wire | readonly Wire[],
  answer: Answer,
  why: string,
  rest: Partial<HostileCase> = {},
): HostileCase => ({
  what,
  send,
  answer,
  why,
  ...rest,
});

/** How many answers came over one connection. */
const answers =
  (count: number): NonNullable<HostileCase['see']> =>
  ({ all }) => {
    const found = all.split('HTTP/1.1 ').length - 1;
    if (found > count) throw new Error(`${found} answers came: ${all}`);
  };
const alive = { Connection: 'keep-alive' };
const chunked = { 'Transfer-Encoding': 'chunked' };
const NODE = "Node's parser refuses it: no route is asked";

export const framing: HostileList = {
  letter: 'H',
  title: 'HTTP itself',
  about: 'Requests whose length, coding or head is not right. Where Node answers there is no `code`.',
  cases: [
    one(
      'Content-Length shorter than the form, and another request in the rest',
      () => ({
        ...upload(Buffer.concat([BODY.subarray(0, 20), Buffer.from(SMUGGLED)]), {
          headers: { ...alive, 'Content-Length': '20' },
        }),
        all: true,
      }),
      '400 INVALID_ARGUMENT',
      'the form is cut; what follows is another request of the same connection, with rights of its own',
    ),
    one(
      'Content-Length longer than the form, and the client goes',
      () => ({ ...upload(BODY, { headers: { 'Content-Length': String(BODY.length + 50) } }), then: 'end' }),
      '400',
      'it is incomplete: nothing of it is kept',
    ),
    one(
      'Transfer-Encoding and Content-Length',
      () => ({
        ...upload(`${CHUNK}0\r\n\r\n`, { headers: { ...alive, ...chunked, 'Content-Length': '5' } }),
        all: true,
      }),
      '400',
      NODE,
      { see: answers(1) },
    ),
    one(
      'two Transfer-Encodings (`chunked`, `identity`)',
      () => ({
        ...upload(`${CHUNK}0\r\n\r\n`, { headers: { 'Transfer-Encoding': ['chunked', 'identity'] } }),
        all: true,
      }),
      '400',
      NODE,
      { see: answers(1) },
    ),
    one(
      'Transfer-Encoding `xchunked`, `chunked, gzip`, ` chunked`',
      () =>
        ['xchunked', 'chunked, gzip', '\x0bchunked', 'chunked\r\n x'].map((coding) => ({
          ...upload(`${CHUNK}0\r\n\r\n`, { headers: { 'Transfer-Encoding': coding } }),
          all: true,
        })),
      '400',
      NODE,
    ),
    one(
      'two Content-Lengths',
      () => upload(BODY, { headers: { 'Content-Length': [String(BODY.length), '5'] } }),
      '400',
      NODE,
    ),
    one(
      'Content-Length `-1`, `+5`, `0x10`, `5, 5`, `1e3`, 20 digits',
      () =>
        ['-1', '+5', '0x10', '5, 5', '1e3', '9'.repeat(20), ''].map((length) =>
          upload(BODY, { headers: { 'Content-Length': length } }),
        ),
      '400',
      NODE,
    ),
    one(
      'chunks with sizes that are none (`zz`, `-1`, 17 digits)',
      () =>
        ['zz\r\nx\r\n', '-1\r\nx\r\n', `${'f'.repeat(17)}\r\nx\r\n`, '5 \r\nx', '0x5\r\nhello\r\n'].map(
          (chunk) => ({ ...upload(chunk, { headers: chunked }), then: 'end' as const }),
        ),
      '400',
      NODE,
    ),
    one(
      'a chunk that is shorter than it says',
      () => ({ ...upload(`ffff\r\n${BODY.toString()}`, { headers: chunked }), then: 'end' }),
      '400',
      'it is incomplete: nothing of it is kept',
    ),
    one(
      'chunk extensions of 20 KiB',
      () => ({
        ...upload(`5;${'x'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n`, { headers: chunked }),
        then: 'end',
      }),
      { express: '413', fastify: '400' },
      NODE,
    ),
    one(
      'a form in chunks of one byte',
      () =>
        upload([...BODY].map((byte) => `1\r\n${String.fromCharCode(byte)}\r\n`).join('') + '0\r\n\r\n', {
          headers: chunked,
        }),
      '201',
      'a form may come in any pieces',
      { stores: 1 },
    ),
    one(
      'trailers behind chunks (`X-User: bob`)',
      () => upload(`${CHUNK}0\r\nX-User: bob\r\n\r\n`, { headers: chunked }),
      '201',
      'trailers are no headers: it is ann who stores',
      { stores: 1 },
    ),
    one(
      'Content-Encoding `gzip`, `br`',
      () => [
        upload(gzipSync(BODY), { headers: { 'Content-Encoding': 'gzip' } }),
        upload(BODY, { headers: { 'Content-Encoding': 'br' } }),
      ],
      '415 TYPE_REFUSED',
      'nothing is unpacked, so that no bomb goes off',
    ),
    one(
      'Expect: 100-continue',
      () => upload(BODY, { headers: { Expect: '100-continue' } }),
      '201',
      'as HTTP has it',
      { stores: 1 },
    ),
    one('Expect: something else', () => upload(BODY, { headers: { Expect: 'x' } }), '417', NODE),
    one(
      'a head of 20 KiB, one of 2,500 headers',
      () => [
        asAnn('GET', '/api/documents/objects', { X: 'x'.repeat(20_000) }),
        asAnn('GET', `/api/documents/objects?${'x'.repeat(20_000)}`),
      ],
      '431',
      NODE,
    ),
    one(
      'no Host',
      () => ({ bytes: ['GET /api/documents/objects HTTP/1.1\r\nX-User: ann\r\n\r\n'] }),
      '400',
      NODE,
    ),
    one(
      'two Hosts',
      () => asAnn('GET', '/api/documents/objects/mine.txt', { Host: ['a', 'b'] }),
      '200',
      'it is not looked at: no answer has it',
    ),
    one(
      'a Host that is none (`evil.example/x`, `a b`, `@`)',
      () =>
        ['evil.example/x', 'a b', 'x@evil.example', '../..'].map((Host) =>
          asAnn('GET', '/api/documents/objects/mine.txt', { Host }),
        ),
      '200',
      'it is not looked at: no answer has it',
    ),
    one(
      'a method that is none, in lower case, of 100 characters',
      () => ['get', 'GET\0', 'X'.repeat(100), '{}'].map((method) => asAnn(method, '/api/documents/objects')),
      '400',
      NODE,
    ),
    one(
      'HTTP/3.0, HTTP/1.1x',
      () =>
        ['GET /api/documents/objects HTTP/3.0\r\n\r\n', 'GET /api/documents/objects HTTP/1.1x\r\n\r\n'].map(
          (text) => ({ bytes: [text] }),
        ),
      '400',
      NODE,
    ),
    one(
      'headers with CR, LF, NUL, a space before the colon',
      () =>
        ['X: a\rb', 'X: a\0b', 'X : y', 'X\0: y', ': y', 'X: a\nb c'].map((line) => ({
          bytes: [`GET /api/documents/objects HTTP/1.1\r\nHost: x\r\n${line}\r\n\r\n`],
        })),
      '400',
      NODE,
    ),
    one(
      'a request in the body of a GET',
      () => ({
        ...request(
          'GET',
          '/api/documents/objects/mine.txt',
          { ...alive, 'X-User': 'ann', 'Content-Length': String(SMUGGLED.length) },
          SMUGGLED,
        ),
        all: true,
      }),
      '200',
      'a body is a body',
      { see: answers(1) },
    ),
    one(
      'random bytes instead of HTTP',
      () =>
        [
          '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
          '\0'.repeat(100),
          'SSH-2.0-x\r\n',
          'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
          '\r\n\r\nx\r\n\r\n',
        ].map((text) => ({ bytes: [Buffer.from(text, 'latin1')] })),
      '400',
      NODE,
    ),
    one(
      '`Upgrade: websocket`, `h2c`',
      () =>
        ['websocket', 'h2c'].map((Upgrade) =>
          asAnn('GET', '/api/documents/objects/mine.txt', { Connection: 'Upgrade, close', Upgrade }),
        ),
      '200',
      'nothing is upgraded',
    ),
    one(
      'CONNECT',
      () => ({ bytes: ['CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n'] }),
      'no answer',
      'Node closes the connection',
    ),
    one('`*` as target', () => asAnn('OPTIONS', '*'), '404', 'there is no route for it'),
    one(
      '`x`, `../x`, nothing as target',
      () => ['x', '../x', ''].map((target) => asAnn('GET', target)),
      '400',
      NODE,
    ),
    one(
      'HTTP/0.9',
      () => ({ bytes: ['GET /api/documents/objects\r\n\r\n'] }),
      '403 FORBIDDEN',
      'a request without headers has no user',
    ),
    one(
      'Range: a thousand ranges, negative, beyond the end',
      () =>
        [
          `bytes=${Array.from({ length: 1000 }, (_, at) => `${at}-${at}`).join(',')}`,
          'bytes=-',
          'bytes=x',
          'bytes=5-1',
          'items=0-1',
          'bytes=0-0,-1',
        ].map((Range) => asAnn('GET', '/api/documents/objects/mine.txt', { Range })),
      '200',
      'a range that is none, or several, are no range: the object comes once',
    ),
    one(
      'conditions that are none',
      () =>
        [
          { 'If-None-Match': '"'.repeat(1000) },
          { 'If-Modified-Since': 'x'.repeat(1000) },
          { 'If-Range': '\xff' },
          { 'If-Unmodified-Since': '99999-99-99' },
        ].map((headers) => asAnn('GET', '/api/documents/objects/mine.txt', headers)),
      '200',
      'RFC 9110, 13: they are ignored',
    ),
  ],
};
