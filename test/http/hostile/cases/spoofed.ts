import { gzipSync } from 'node:zlib';
import type { Answer, HostileCase, HostileList } from '../hostile-case.js';
import { CONTENT, png, zip } from '../support/contents.js';
import { file, form, upload } from '../support/form.js';
import { uploadedBy } from '../support/stored.js';

const REFUSED = '415 TYPE_REFUSED';
const AGREE = 'content, declared type and extension have to agree';
const IMAGES = '/api/images/upload';

/** A file for the storage that takes images alone. @param becomes The type that it is stored with, if it is. */
function toImages(
  what: string,
  content: Buffer | string,
  [declared, name]: readonly [string, string],
  answer: Answer,
  why: string,
  becomes?: string,
): HostileCase {
  return {
    what: `${what}, as \`${declared}\`, \`${name}\``,
    send: () => upload(form([file(name, content, declared)]), { target: IMAGES }),
    answer,
    why,
    ...(answer === '201' && { stores: 1 }),
    ...(becomes !== undefined && {
      see: (reply) => {
        const { contentType, key } = uploadedBy(reply);
        if (contentType !== becomes) throw new Error(`It is stored as ${contentType}`);
        if (/\.(?:php|html|exe)/.test(key)) throw new Error(`Its key is ${key}`);
      },
    }),
  };
}

const PNG = ['image/png', 'a.png'] as const;
const NOT_IMAGES = ['PDF', 'EXE', 'ELF', 'HTML', 'SVG', 'PHP', 'ZIP'] as const;
const join = (...parts: readonly (Buffer | string)[]): Buffer =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string)));

/** Declared type, extension and first bytes, each true or false. */
const matrix: readonly HostileCase[] = [
  toImages('a PNG', CONTENT.PNG, PNG, '201', 'all three agree', 'image/png'),
  toImages('a JPEG', CONTENT.JPEG, ['image/jpeg', 'a.jpg'], '201', 'all three agree', 'image/jpeg'),
  toImages('a GIF', CONTENT.GIF, ['image/gif', 'a.gif'], '201', 'all three agree', 'image/gif'),
  toImages(
    'a PNG',
    CONTENT.PNG,
    ['application/octet-stream', 'a.png'],
    '201',
    'who declares nothing gets what it is',
    'image/png',
  ),
  toImages('a PNG', CONTENT.PNG, ['image/png', 'a'], '201', 'no extension says nothing', 'image/png'),
  toImages('a PNG', CONTENT.PNG, ['image/jpeg', 'a.png'], REFUSED, AGREE),
  toImages('a PNG', CONTENT.PNG, ['image/png', 'a.jpg'], REFUSED, AGREE),
  toImages('a PNG', CONTENT.PNG, ['image/jpeg', 'a.jpg'], REFUSED, AGREE),
  toImages('a PNG', CONTENT.PNG, ['image/png', 'a.html'], REFUSED, AGREE),
  toImages('a PNG', CONTENT.PNG, ['image/png', 'a.php'], REFUSED, AGREE),
  toImages('a PNG', CONTENT.PNG, ['image/png', 'a.png.svg'], REFUSED, AGREE),
  toImages('a PNG', CONTENT.PNG, ['text/html', 'a.png'], REFUSED, 'not an image'),
  ...NOT_IMAGES.map((kind) => toImages(`${kind}`, CONTENT[kind], PNG, REFUSED, AGREE)),
  ...NOT_IMAGES.map((kind) =>
    toImages(`${kind}`, CONTENT[kind], ['application/octet-stream', 'a.png'], REFUSED, AGREE),
  ),
  toImages('nothing', '', PNG, REFUSED, AGREE),
  toImages('random bytes', '\x01\x02\x03\x04', PNG, REFUSED, AGREE),
  toImages('half a signature', CONTENT.PNG.subarray(0, 4), PNG, REFUSED, AGREE),
  toImages('a signature behind a space', join(' ', CONTENT.PNG), PNG, REFUSED, AGREE),
];

const markup = (what: string, content: Buffer | string): HostileCase =>
  toImages(what, content, PNG, REFUSED, 'markup is found behind marks, spaces and comments, in any encoding');
const hidden: readonly HostileCase[] = [
  markup('HTML behind a byte order mark', join('\ufeff', CONTENT.HTML)),
  markup('HTML behind 600 spaces', join(' '.repeat(600), CONTENT.HTML)),
  markup('HTML behind a comment', join(`<!-- ${'x'.repeat(2000)} -->`, CONTENT.HTML)),
  markup('HTML in UTF-16', Buffer.from(`\ufeff${CONTENT.HTML.toString()}`, 'utf16le')),
  markup('HTML in UTF-7 (`+ADw-script+AD4-`)', '+ADw-script+AD4-alert(1)+ADw-/script+AD4-'),
  markup(
    'SVG with a DOCTYPE and entities (billion laughs)',
    `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "ha">${Array.from({ length: 20 }, (_, at) => `<!ENTITY b${at} "&a;&a;&a;&a;&a;&a;&a;&a;">`).join('')}]><svg xmlns="http://www.w3.org/2000/svg">&b19;</svg>`,
  ),
  markup(
    'SVG with an external entity (`file:///etc/passwd`)',
    '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg">&x;</svg>',
  ),
  toImages(
    'SVG',
    CONTENT.SVG,
    ['image/svg+xml', 'a.svg'],
    '201',
    '`image/*` has it: it is served in a sandbox. Name the types to leave it out',
    'image/svg+xml',
  ),
];

const TWO = 'it is what its first bytes say, served as that alone, with `nosniff`';
const polyglots: readonly HostileCase[] = [
  toImages(
    'GIF and JavaScript',
    join('GIF89a/*', CONTENT.GIF.subarray(8), '*/=1;alert(1)//'),
    ['image/gif', 'a.gif'],
    '201',
    TWO,
    'image/gif',
  ),
  toImages(
    'JPEG and PHP',
    join(CONTENT.JPEG, CONTENT.PHP),
    ['image/jpeg', 'a.jpg'],
    '201',
    TWO,
    'image/jpeg',
  ),
  toImages('PNG and ZIP', join(CONTENT.PNG, CONTENT.ZIP), PNG, '201', TWO, 'image/png'),
  toImages('PNG and HTML', join(CONTENT.PNG, CONTENT.HTML), PNG, '201', TWO, 'image/png'),
  toImages(
    'PDF and HTML',
    join(CONTENT.PDF, CONTENT.HTML),
    ['application/pdf', 'a.pdf'],
    REFUSED,
    'no image',
  ),
  toImages(
    'a PNG of 50,000 × 50,000 pixels',
    png(50_000, 50_000),
    PNG,
    '201',
    'nothing decodes it here: whatever does has to have limits',
    'image/png',
  ),
  toImages('a PNG', CONTENT.PNG, ['image/png', 'a.jpg.php'], REFUSED, 'the last extension counts'),
  toImages(
    'a PNG',
    CONTENT.PNG,
    ['image/png', 'a.php.png'],
    '201',
    'the last extension counts; the key has that of the type',
    'image/png',
  ),
  toImages('a PNG', CONTENT.PNG, ['image/png', 'a.PHP'], REFUSED, 'an extension has no case'),
];

/** A file for the storage that takes anything. */
const unpacked = (what: string, content: Buffer): HostileCase => ({
  what,
  send: () => upload(form([file('a.zip', content, 'application/zip')])),
  answer: '201',
  stores: 1,
  why: 'it is stored as it is: nothing is unpacked',
});
const bombs: readonly HostileCase[] = [
  unpacked('a ZIP of 20 MB of zeros in 20 KB', zip('zeros', Buffer.alloc(20_000_000))),
  unpacked('a ZIP that says it is empty, and is not', zip('zeros', Buffer.alloc(1_000_000), 0)),
  unpacked('a ZIP with `../../etc/cron.d/x`', zip('../../etc/cron.d/x', Buffer.from('x'))),
  unpacked('a gzip of 10 MB of zeros', gzipSync(Buffer.alloc(10_000_000))),
];

export const spoofed: HostileList = {
  letter: 'X',
  title: 'Content that is something else',
  about:
    "Files sent to a storage with `types: ['image/*']`, but for the archives, which go to one that takes anything.",
  cases: [...matrix, ...hidden, ...polyglots, ...bombs],
};
