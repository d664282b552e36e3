import { randomBytes } from 'node:crypto';
import type { HostileCase, HostileList } from '../hostile-case.js';
import { BOUNDARY, field, file, form, part, send, SMALL, UPLOAD, upload } from '../support/form.js';
import { BAD, CRLF, MULTIPART, one, taken } from '../support/form-cases.js';
import { asAnn } from '../support/request.js';
import type { Wire } from '../support/wire.js';
import { fields, partHeaders, sizes } from './form-fields.js';

const withBoundary = (boundary: string): Wire =>
  upload(form([file('a.txt')], boundary), { type: MULTIPART + boundary });
/** Every way to cut the small form, but for the last line end, which nobody waits for. */
const cuts = Array.from({ length: SMALL.length - CRLF.length }, (_, length) => SMALL.subarray(0, length));

const boundaries: readonly HostileCase[] = [
  one(
    'no boundary',
    () => upload(SMALL, { type: 'multipart/form-data' }),
    BAD,
    'nothing says where a part ends',
  ),
  one('`boundary=`', () => upload(SMALL, { type: MULTIPART }), BAD, 'nothing says where a part ends'),
  one(
    '`boundary=""`',
    () => upload(SMALL, { type: `${MULTIPART}""` }),
    BAD,
    'nothing says where a part ends',
  ),
  taken('a boundary of 70 characters', () => withBoundary('b'.repeat(70)), 'RFC 2046, 5.1.1 allows it'),
  one(
    'a boundary of 71, 252 and 4,000 characters',
    () => [71, 252, 4000].map((length) => withBoundary('b'.repeat(length))),
    BAD,
    'RFC 2046, 5.1.1: 70 at most',
  ),
  one(
    'a boundary that the body has not',
    () => upload(SMALL, { type: `${MULTIPART}YY` }),
    BAD,
    'the form has no part',
  ),
  one(
    'a boundary in other case',
    () => upload(SMALL, { type: `${MULTIPART}xx` }),
    BAD,
    'the form has no part',
  ),
  taken(
    'a boundary in quotes, with a space in it',
    () => upload(form([file('a.txt')], 'X Y'), { type: `${MULTIPART}"X Y"` }),
    'RFC 2046, 5.1.1 allows it',
  ),
  one(
    'another multipart type (`multipart/mixed`, `multipart/form-datax`)',
    () =>
      ['mixed', 'form-datax', 'related'].map((kind) =>
        upload(SMALL, { type: `multipart/${kind}; boundary=${BOUNDARY}` }),
      ),
    '415 TYPE_REFUSED',
    'a form is `multipart/form-data`',
  ),
  one(
    'another type (`application/x-www-form-urlencoded`, `application/octet-stream`, `text/html`, none)',
    () => [
      ...['application/x-www-form-urlencoded', 'application/octet-stream', 'text/html'].map((type) =>
        upload(SMALL, { type }),
      ),
      asAnn('POST', UPLOAD, {}, SMALL),
    ],
    BAD,
    'it is no form, so there is no file',
  ),
  one(
    'two Content-Types, two boundaries',
    () => [
      upload(SMALL, { headers: { 'Content-Type': [MULTIPART + BOUNDARY, `${MULTIPART}YY`] } }),
      upload(SMALL, { type: `${MULTIPART}${BOUNDARY}; boundary=YY` }),
    ],
    BAD,
    'readers choose differently among them',
  ),
  taken(
    '`MULTIPART/Form-Data`',
    () => upload(SMALL, { type: `MULTIPART/Form-Data; BOUNDARY=${BOUNDARY}` }),
    'a type has no case',
  ),
];

const bodies: readonly HostileCase[] = [
  one(
    'an empty body',
    () => [
      upload('', { headers: { 'Content-Length': '0' } }),
      asAnn('POST', UPLOAD, { 'Content-Type': MULTIPART + BOUNDARY }),
    ],
    BAD,
    'there is no form',
  ),
  one('the end alone (`--XX--`)', () => upload(`--${BOUNDARY}--${CRLF}`), BAD, 'there is no file'),
  one('a form of fields alone', () => send(field('note')), BAD, 'there is no file'),
  one(
    `a form that ends too soon: ${cuts.length} cuts, each as a whole request`,
    () => cuts.map((body) => upload(body)),
    BAD,
    'it is incomplete: nothing of it is kept',
  ),
  one(
    'a form whose client goes: every third of those cuts',
    () =>
      cuts
        .filter((_, at) => at % 3 === 1)
        .map((body) => ({
          ...upload(body, { headers: { 'Content-Length': String(SMALL.length) } }),
          then: 'end' as const,
        })),
    { express: '400', fastify: '400' },
    'nothing of it is kept; Node says so, where there is anybody to hear it',
  ),
  one(
    'a form whose connection is reset in its middle',
    () =>
      cuts
        .filter((_, at) => at % 10 === 5)
        .map((body) => ({
          ...upload(body, { headers: { 'Content-Length': String(SMALL.length) } }),
          bytes: [...upload(body, { headers: { 'Content-Length': String(SMALL.length) } }).bytes, 5],
          then: 'reset' as const,
        })),
    'no answer',
    'nothing of it is kept',
  ),
  one(
    'lines that end in LF alone',
    () => upload(SMALL.toString().replaceAll(CRLF, '\n')),
    BAD,
    'RFC 2046, 4.1.1: lines end in CRLF',
  ),
  one(
    'lines that end in CR alone',
    () => upload(SMALL.toString().replaceAll(CRLF, '\r')),
    BAD,
    'RFC 2046, 4.1.1: lines end in CRLF',
  ),
  taken(
    'a preamble and an epilogue of 8 KiB',
    () =>
      upload(
        Buffer.concat([Buffer.from(`${'p'.repeat(8_192)}${CRLF}`), SMALL, Buffer.from('e'.repeat(8_192))]),
      ),
    'both are nothing (RFC 2046, 5.1.1)',
  ),
  one(
    'random bytes, 200 times',
    () => Array.from({ length: 200 }, (_, at) => upload(randomBytes(1 + at * 7))),
    BAD,
    'there is no form in it',
  ),
  one(
    'boundaries in a row',
    () => upload(`--${BOUNDARY}${CRLF}`.repeat(50)),
    BAD,
    'parts without headers are none',
  ),
  one('NULs for a form', () => upload(Buffer.alloc(20_000)), BAD, 'there is no form in it'),
  taken(
    'a multipart form as the content of a file',
    () => send(file('a.eml', form([file('b.txt')], 'YY'), 'application/octet-stream')),
    'content is content',
  ),
  one(
    'a part `multipart/mixed` with files in it',
    () =>
      send(
        part(
          'Content-Disposition: form-data; name="file"\r\nContent-Type: multipart/mixed; boundary=YY',
          form([file('b.txt')], 'YY'),
        ),
      ),
    BAD,
    'RFC 7578, 4.3 has done with it: it is a field, and no file',
  ),
  taken(
    'the boundary with something behind it, in the content',
    () => send(file('a.txt', `${CRLF}--${BOUNDARY.slice(1)}${CRLF}--${BOUNDARY.slice(0, 1)}`)),
    'it is content',
  ),
];

export const forms: HostileList = {
  letter: 'U',
  title: 'Forms',
  about:
    '`POST /api/documents/upload` with `maxSize` of 64 KiB, `maxFiles` of 3 and the limits of forms as they are by default.',
  cases: [...boundaries, ...bodies, ...partHeaders, ...fields, ...sizes],
};
