import type { HostileCase, HostileList } from '../hostile-case.js';
import { file, form, part, send, upload } from '../support/form.js';
import { storedAs } from '../support/stored.js';

const BAD = '400 INVALID_ARGUMENT';
const CLEANED = 'it is kept for downloads, and is no part of the key';

/** A file name that is taken, as `name`. */
const named = (
  what: string,
  filename: string | Buffer,
  name: string | RegExp,
  why = CLEANED,
): HostileCase => ({
  what: `file name: ${what}`,
  send: () => send(file(filename)),
  answer: '201',
  stores: 1,
  see: storedAs(name),
  why: typeof name === 'string' ? `as \`${name.length > 40 ? `${name.slice(0, 20)}…` : name}\`: ${why}` : why,
});
const disposition = (what: string, rest: string | Buffer, name: string, why = CLEANED): HostileCase => ({
  ...named(what, '', name, why),
  send: () =>
    send(
      part(Buffer.concat([Buffer.from('Content-Disposition: form-data; name="file"; '), Buffer.from(rest)])),
    ),
});
const refused = (what: string, filename: string | Buffer, why: string): HostileCase => ({
  what: `file name: ${what}`,
  send: () => send(file(filename)),
  answer: BAD,
  why,
});

export const fileNames: HostileList = {
  letter: 'F',
  title: 'Names of files',
  about:
    'Each is stored, read again and held to have a key without any of it, one `Content-Disposition` of printable ASCII (RFC 8187) and no ' +
    'header beside it. The names are cleaned: the last segment of a path, without controls and marks of direction, 255 bytes at most.',
  cases: [
    named('`../../etc/passwd`', '../../etc/passwd', 'passwd'),
    named('`..\\..\\win.ini`', '..\\..\\win.ini', 'win.ini'),
    named('`C:\\x\\y.png`', 'C:\\x\\y.png', 'y.png'),
    named('`/etc/passwd`', '/etc/passwd', 'passwd'),
    named(
      '`%2e%2e%2fevil.txt`',
      '%2e%2e%2fevil.txt',
      '%2e%2e%2fevil.txt',
      `nothing of it is decoded; ${CLEANED}`,
    ),
    named('`%0d%0aX-Evil: y`', '%0d%0aX-Evil: y', /^(?:%0d%0a)?X-Evil: y$/, `no line ends in it; ${CLEANED}`),
    named('`a%22; x=y`', 'a%22; x=y', /^a(?:%22|"); x=y$/, `a quote stays in the name; ${CLEANED}`),
    named('UTF-8 (`ü 日本.txt`)', 'ü 日本.txt', 'ü 日本.txt'),
    named(
      'bytes of latin-1 (`\\xfc.txt`)',
      Buffer.from('fc2e747874', 'hex'),
      '\ufffd.txt',
      'what is no UTF-8 is replaced',
    ),
    named('CESU-8 surrogates', Buffer.from('eda08078', 'hex'), /^\ufffd+x$/, 'what is no UTF-8 is replaced'),
    named('a byte order mark before it', '\ufeffa.txt', 'a.txt'),
    named(
      'a right-to-left override (`photo\\u202Egpj.exe`)',
      'photo\u202egpj.exe',
      'photogpj.exe',
      `it reads as what it is; ${CLEANED}`,
    ),
    named('zero-width characters', 'a\u200bb\u200f.txt', 'ab.txt'),
    named('C1 controls', 'a\u0085b\u009bc', 'abc'),
    named('line separators (U+2028)', 'a\u2028b', 'ab'),
    named(
      '300 characters',
      `${'n'.repeat(300)}.txt`,
      `${'n'.repeat(251)}.txt`,
      `cut, with its ending; ${CLEANED}`,
    ),
    named(
      '300 emoji',
      `${'😀'.repeat(300)}.txt`,
      `${'😀'.repeat(62)}.txt`,
      `cut between characters; ${CLEANED}`,
    ),
    named('`CON`', 'CON', 'CON'),
    named('`.htaccess`', '.htaccess', '.htaccess'),
    refused('`.`', '.', 'it is none'),
    refused('`..`', '..', 'it is none'),
    named('`../`', '../', 'file', 'no name: a name of its own is given'),
    named('spaces alone', '   ', 'file', 'no name: a name of its own is given'),
    named('`a.txt...`, trailing dots', 'a.txt...', 'a.txt...'),
    named('`a.txt `, a trailing space', 'a.txt ', 'a.txt'),
    named(
      '`shell.jpg.php`',
      'shell.jpg.php',
      'shell.jpg.php',
      `nothing runs it: the key is no path of a web server; ${CLEANED}`,
    ),
    named('`x.php%00.jpg`', 'x.php%00.jpg', /^x\.php(?:%00)?\.jpg$/),
    named(
      '`<img src=x onerror=alert(1)>`',
      '<img src=x onerror=alert(1)>',
      '<img src=x onerror=alert(1)>',
      `JSON and headers carry it as text: escape it where you show it; ${CLEANED}`,
    ),
    named("`'; DROP TABLE files; --`", "'; DROP TABLE files; --", "'; DROP TABLE files; --"),
    named('`${jndi:ldap://x}`', '${jndi:ldap://x}', 'x}'),
    named('`=cmd|calc`', '=cmd|calc', '=cmd|calc'),
    named(
      '`=?utf-8?B?Li4v?=` (RFC 2047)',
      '=?utf-8?B?Li4v?=',
      '=?utf-8?B?Li4v?=',
      'nothing of it is decoded',
    ),
    named('a backslash before a quote (`a\\"b`)', 'a\\"b', /^(?:a"b|"?b|a)$/),
    disposition(
      "`filename*=UTF-8''..%2F..%2Fevil.html` beside `a.png`",
      `filename="a.png"; filename*=UTF-8''..%2F..%2Fevil.html`,
      'evil.html',
      `the extended form wins, and is cleaned as any other; ${CLEANED}`,
    ),
    disposition("`filename*=UTF-8''%0d%0aX-Evil:%20y`", `filename*=UTF-8''%0d%0aX-Evil:%20y`, 'X-Evil: y'),
    disposition('without quotes (`filename=a.txt`)', 'filename=a.txt', 'a.txt'),
    refused('DEL in it', 'a\u007fb', 'a part header has no such byte (RFC 9110, 5.5)'),
    refused('NUL in it', 'a\0b.txt', 'a part header has no such byte (RFC 9110, 5.5)'),
    refused('CR in it', 'a\rb.txt', 'a part header has no such byte (RFC 9110, 5.5)'),
    refused('LF in it', 'a\nb.txt', 'a part header has no such byte (RFC 9110, 5.5)'),
    named(
      'CRLF and a header in it',
      'a"\r\nX-Evil: y\r\nX: "b.txt',
      'a',
      'what follows is a header of the part, which nobody asks for',
    ),
    refused('64 KiB', 'n'.repeat(65_536), 'the headers of a part have 16 KiB at most'),
    {
      what: 'file name: empty',
      send: () => send(file('')),
      answer: BAD,
      why: 'a field of a form without a file sends it so: there is no file',
    },
    {
      what: 'file name: two of them (`a.txt`, `b.txt`)',
      send: () =>
        send(part('Content-Disposition: form-data; name="file"; filename="a.txt"; filename="b.txt"')),
      answer: BAD,
      why: 'readers choose differently among them',
    },
    {
      what: 'file name: none (a text field of that name)',
      send: () => upload(form([part('Content-Disposition: form-data; name="file"')])),
      answer: BAD,
      why: 'it is no file',
    },
  ],
};
