import type { HostileCase, HostileList } from '../hostile-case.js';
import { CONTENT, zip } from '../support/contents.js';
import { BOUNDARY, field, file, form, part, send, upload } from '../support/form.js';
import { asAnn, post } from '../support/request.js';

const BAD = '400 INVALID_ARGUMENT';
const attack = (
  id: string,
  what: string,
  sent: HostileCase['send'],
  answer: HostileCase['answer'],
  why: string,
  stores = 0,
): HostileCase => ({
  what: `${id}: ${what}`,
  send: sent,
  answer,
  why,
  stores,
});
const toImages = (content: Buffer, type: string, name: string) =>
  upload(form([file(name, content, type)]), { target: '/api/images/upload' });
/** An ASF header whose objects have no size. */
const ASF = Buffer.concat([
  Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex'),
  Buffer.alloc(14),
  Buffer.alloc(2000),
]);
/** EBML whose elements never end. */
const MKV = Buffer.concat([
  Buffer.from('1a45dfa3', 'hex'),
  Buffer.from('0100000000000000'.repeat(200), 'hex'),
]);

export const known: HostileList = {
  letter: 'K',
  title: 'Known vulnerabilities',
  about:
    'Attacks on what this package uses, or has replaced, run against the server. multer is used only where you ask for it ' +
    '(`storageMulterOptions`).',
  cases: [
    attack(
      'CVE-2022-24434 (dicer)',
      'a part header that begins with a space',
      () => upload(`--${BOUNDARY}\r\n Content-Disposition: form-data; name="a"\r\n\r\n\r\n--${BOUNDARY}--`),
      BAD,
      'it is refused',
    ),
    attack(
      'CVE-2025-47944 (multer)',
      'a field name that is cut',
      () => upload(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="file`),
      BAD,
      'it is incomplete',
    ),
    attack(
      'CVE-2025-48997 (multer)',
      'a file with `name=""`',
      () => send(file('a.txt', 'x', 'text/plain', '')),
      BAD,
      'a part without a name is none',
    ),
    attack(
      'CVE-2025-7338 (multer)',
      'a part that ends in its headers',
      () =>
        upload(
          `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n--${BOUNDARY}`,
        ),
      BAD,
      'it is incomplete',
    ),
    attack(
      'CVE-2026-3520 (multer)',
      'a part in a part, 200 deep',
      () =>
        send(
          part(
            'Content-Disposition: form-data; name="a"\r\nContent-Type: multipart/mixed; boundary=YY',
            '--YY\r\nContent-Type: multipart/mixed; boundary=YY\r\n\r\n'.repeat(200),
          ),
          file('', ''),
        ),
      BAD,
      'a part in a part is content',
    ),
    attack(
      'CVE-2026-5079 (multer)',
      '`a[b][b]…`, 10,000 deep',
      () => send(field(`a${'[b]'.repeat(10_000)}`), file('a.txt')),
      BAD,
      'a name has 100 bytes, and 8 levels',
    ),
    attack(
      'CVE-2026-82333 (multer)',
      'pairs of `a[4294967294]`',
      () => send(field('a[4294967294]'), field('a[4294967294]'), file('a.txt')),
      BAD,
      'an index is 1,000 at most',
    ),
    attack(
      'CVE-2026-77063 (multer)',
      'a file over `maxSize` whose type has to be looked at',
      () => toImages(Buffer.concat([CONTENT.PNG, Buffer.alloc(70_000)]), 'image/png', 'a.png'),
      '413 TOO_LARGE',
      'the size is counted while it flows',
    ),
    attack(
      'CVE-2026-113872 (multer)',
      'a refused file behind one that is being looked at',
      () =>
        upload(
          form([
            file('a.png', CONTENT.PNG, 'image/png', 'files'),
            file('b.html', CONTENT.HTML, 'text/html', 'files'),
            file('c.png', CONTENT.PNG, 'image/png', 'files'),
          ]),
          { target: '/api/images/upload' },
        ),
      '415 TYPE_REFUSED',
      'the first one is removed',
    ),
    attack(
      'CVE-2026-19481 (@fastify/busboy)',
      'part headers `__proto__`, `constructor`, `hasOwnProperty`',
      () =>
        ['__proto__', 'constructor', 'hasOwnProperty'].map((name) =>
          send(part(`Content-Disposition: form-data; name="file"; filename="a.txt"\r\n${name}: x`)),
        ),
      '201',
      'they are names as any other',
      1,
    ),
    attack(
      'CVE-2026-19484 (@fastify/busboy)',
      'a boundary of 252 bytes',
      () =>
        upload(form([file('a.txt')], 'b'.repeat(252)), {
          type: `multipart/form-data; boundary=${'b'.repeat(252)}`,
        }),
      BAD,
      '70 at most',
    ),
    attack(
      'CVE-2026-74866 (@fastify/busboy)',
      'a bare CR and LF in a file name',
      () => [send(file('a\rb')), send(file('a\nb'))],
      BAD,
      'a part header has no such byte',
    ),
    attack(
      'CVE-2022-36313 (file-type)',
      'a Matroska file whose elements never end',
      () => toImages(MKV, 'image/png', 'a.png'),
      '415 TYPE_REFUSED',
      'no more than the first bytes are looked at',
    ),
    attack(
      'CVE-2026-31808 (file-type)',
      'an ASF file whose objects have no size',
      () => toImages(ASF, 'image/png', 'a.png'),
      '415 TYPE_REFUSED',
      'no more than the first bytes are looked at',
    ),
    attack(
      'GHSA-j47w-4g3g-c36v (file-type)',
      'a ZIP bomb in `[Content_Types].xml`',
      () => toImages(zip('[Content_Types].xml', Buffer.alloc(20_000_000, ' ')), 'image/png', 'a.png'),
      '415 TYPE_REFUSED',
      'nothing is unpacked',
    ),
    attack(
      'CVE-2024-29409 (NestJS)',
      'HTML that is declared as `image/png`',
      () => toImages(CONTENT.HTML, 'image/png', 'a.png'),
      '415 TYPE_REFUSED',
      'the first bytes count',
    ),
    attack(
      'CVE-2025-32442 (Fastify)',
      'a JSON type in odd spelling (`application/json ;x`)',
      () =>
        ['application/json ;x=y', 'APPLICATION/JSON', 'application/json\t'].map((type) =>
          post('/api/documents/presign', { method: 'GET', key: '../x' }, { 'Content-Type': type }),
        ),
      BAD,
      'the body is checked in any spelling of its type',
    ),
    attack(
      'CVE-2022-24999 (qs)',
      '`prefix[__proto__]=x` in a query',
      () =>
        asAnn(
          'GET',
          '/api/documents/objects?prefix[__proto__]=x&__proto__[prefix]=../bob&constructor[prototype][a]=b',
        ),
      '200',
      'a query is read without nesting',
    ),
    attack(
      'CVE-2024-45296 (path-to-regexp), CVE-2024-45813 (find-my-way)',
      'paths that take long to match',
      () =>
        [
          `/api/${'a-'.repeat(3000)}`,
          `/api/${'a'.repeat(6000)}/objects/${'-'.repeat(6000)}`,
          `/api/documents-${'-'.repeat(6000)}/x`,
        ].map((target) => ({
          ...asAnn('GET', target),
          ...(target.includes('/objects/') && { answer: { express: '404 NOT_FOUND', fastify: '414' } }),
        })),
      { express: '404', fastify: '414' },
      'they do not',
    ),
    attack(
      'CVE-2017-16119 (fresh)',
      'an `If-None-Match` of spaces',
      () => asAnn('GET', '/api/documents/objects/mine.txt', { 'If-None-Match': `${' '.repeat(5000)}x` }),
      '200',
      'a header is read once, from left to right',
    ),
  ],
};
