import type { Answer, HostileCase, HostileList } from '../hostile-case.js';
import { signed } from '../support/request.js';
import type { SignedTarget } from '../support/world.js';
import type { Wire } from '../support/wire.js';

/** As VersityGW says it. */
const FORBIDDEN: Answer = { local: '403 PERMISSION_DENIED', s3: '403 SignatureDoesNotMatch' };
/** VersityGW looks at the form of a query before it looks at the signature. */
const NO_QUERY: Answer = { local: '403 PERMISSION_DENIED', s3: '400 AuthorizationQueryParametersError' };
const READ = { method: 'GET', key: 'mine.txt' } as const;
const STORE = { method: 'PUT', key: 'new.txt', contentType: 'text/plain', size: 5 } as const;
const BOUND = 'the signature binds it';

type Change = (target: string) => string;

/** A URL for ann's own object, changed. */
const read = (what: string, change: Change, answer: Answer = FORBIDDEN, why = BOUND): HostileCase => ({
  what,
  send: async ({ presign }) => {
    const given = await presign(READ);
    const target = change(given.target);
    if (target === given.target) throw new Error(`Nothing is changed: ${target}`);
    return signed({ ...given, target }, 'GET');
  },
  answer,
  why,
});

/** A URL for a new object of ann, used in another way than it was signed for. */
const store = (
  what: string,
  use: (given: SignedTarget) => Wire | readonly Wire[],
  answer: Answer = FORBIDDEN,
  why = BOUND,
): HostileCase => ({ what, send: async ({ presign }) => use(await presign(STORE)), answer, why });

const hello = { body: 'hello' };
/** Another value of a parameter, whatever its name is on S3. */
const parameter = (name: string, value: string): Change => {
  const pattern = new RegExp(`([?&](?:x-amz-)?${name}=)[^&]*`, 'i');
  return (target) => target.replace(pattern, (_, start: string) => start + value);
};
const key =
  (other: string): Change =>
  (target) =>
    target.replace('users/ann/mine.txt', other);
const signature =
  (change: (value: string) => string): Change =>
  (target) =>
    target.replace(/(signature=)([^&]*)/i, (_, name: string, value: string) => name + change(value));
const flip = (text: string): string => (text.startsWith('0') ? '1' : '0') + text.slice(1);

/** What an attacker changes of a URL that reads. */
const reads: readonly HostileCase[] = [
  read('the key: one of bob', key('users/bob/NOT-YOURS.txt')),
  read('the key: outside of every scope', key('NOT-YOURS.txt')),
  read('the key: in upper case', key('users/ann/MINE.TXT')),
  read('the key: a slash at its end', key('users/ann/mine.txt/')),
  read('the key: `../bob/…` in it', key('users/ann/../bob/NOT-YOURS.txt')),
  read('the key: `%2e%2e%2fbob/…` in it', key('users/ann/%2e%2e%2fbob/NOT-YOURS.txt')),
  read('the key: encoded twice', key('users/ann/%256dine.txt')),
  read('the key: NUL behind it', key('users/ann/mine.txt%00.png')),
  read('the storage, or the bucket: another one', (target) =>
    target.replace(/documents|stowage-[0-9a-f]+/, 'other'),
  ),
  read('the expiry: later', parameter('expires', '604799')),
  read('the expiry: no number', parameter('expires', 'NaN'), NO_QUERY),
  read('the expiry: `Infinity`', parameter('expires', 'Infinity'), NO_QUERY),
  read('the expiry: negative', parameter('expires', '-1'), NO_QUERY),
  read('the expiry: gone', (target) => target.replace(/(?:x-amz-)?expires=[^&]*&/i, ''), NO_QUERY),
  read('the expiry: twice', (target) => `${target}&expires=9999999999&X-Amz-Expires=604800`),
  read('the signature: gone', (target) => target.replace(/&(?:X-Amz-)?signature=[^&]*/i, ''), NO_QUERY),
  read(
    'the signature: empty',
    signature(() => ''),
    NO_QUERY,
  ),
  read('the signature: another first digit', signature(flip)),
  read(
    'the signature: cut by one',
    signature((value) => value.slice(0, -1)),
  ),
  read(
    'the signature: longer by one',
    signature((value) => `${value}A`),
  ),
  read(
    'the signature: `=` behind it',
    signature((value) => `${value}%3D`),
  ),
  read(
    'the signature: in upper case',
    signature((value) => value.toUpperCase()),
  ),
  read(
    'the signature: 2,000 digits',
    signature(() => 'a'.repeat(2_000)),
  ),
  read('the signature: twice', (target) => `${target}&signature=x&X-Amz-Signature=x`),
  read('the signature: as an array', (target) => target.replace(/signature=/i, 'signature[]='), NO_QUERY),
  read('a parameter that was not signed', (target) => `${target}&x=1`),
  read('`response-content-type=text/html`', (target) => `${target}&response-content-type=text%2Fhtml`),
  read('`response-content-disposition=inline`', (target) => `${target}&response-content-disposition=inline`),
  read('`versionId=null`', (target) => `${target}&versionId=null`),
  read('`__proto__=x`', (target) => `${target}&__proto__=x`),
  read('`x-amz-acl=public-read`', (target) => `${target}&x-amz-acl=public-read`),
  {
    what: 'the order of the parameters',
    send: async ({ presign }) => {
      const given = await presign(READ);
      const [path = '', query = ''] = given.target.split('?');
      return signed({ ...given, target: `${path}?${query.split('&').reverse().join('&')}` }, 'GET');
    },
    answer: '200',
    why: 'an order says nothing: the same object',
  },
  {
    what: 'the key in another encoding of itself (`%6d%69ne.txt`)',
    send: async ({ presign }) => {
      const given = await presign(READ);
      return signed({ ...given, target: key('users/ann/%6d%69ne.txt')(given.target) }, 'GET');
    },
    answer: { local: '200', s3: '403 SignatureDoesNotMatch' },
    why: 'it is the same key; VersityGW signs the path as it comes',
  },
  {
    what: 'the method: PUT, DELETE, POST, PATCH with a URL that reads',
    send: async ({ presign }) => {
      const given = await presign(READ);
      return [
        signed(given, 'PUT', { body: 'x' }),
        signed(given, 'DELETE'),
        { ...signed(given, 'POST', { body: 'x' }), answer: { local: '404', s3: '405 MethodNotAllowed' } },
        { ...signed(given, 'PATCH', { body: 'x' }), answer: { local: '404', s3: '405 MethodNotAllowed' } },
      ];
    },
    answer: FORBIDDEN,
    why: BOUND,
  },
  {
    what: 'the method: DELETE by `X-HTTP-Method-Override`',
    send: async ({ presign }) =>
      signed(await presign(READ), 'GET', { headers: { 'X-HTTP-Method-Override': 'DELETE' } }),
    answer: '200',
    why: 'the method is that of the request: the object is read, and stays',
  },
  {
    what: 'the host: another one',
    send: async ({ presign }) => signed(await presign(READ), 'GET', { headers: { Host: 'evil.example' } }),
    answer: { local: '200', s3: '403 SignatureDoesNotMatch' },
    why: 'S3 binds it; the application does not, since it may have several names',
  },
  {
    what: 'after its end (a URL of 1 second, 2 seconds later)',
    send: async ({ presign }) => {
      const given = await presign({ ...READ, expiresIn: 1 });
      return { ...signed(given, 'GET'), bytes: [2_100, ...signed(given, 'GET').bytes] };
    },
    answer: { local: '403 PERMISSION_DENIED', s3: '403 AccessDenied' },
    why: 'it has expired',
  },
];

/** What an attacker does with a URL that stores 5 bytes of `text/plain`. */
const stores: readonly HostileCase[] = [
  store('the size: fewer bytes', (given) =>
    signed(given, 'PUT', { body: 'hell', headers: { 'content-length': '4' } }),
  ),
  store('the size: more bytes', (given) =>
    signed(given, 'PUT', { body: 'hello!', headers: { 'content-length': '6' } }),
  ),
  store(
    'the size: chunked, more bytes',
    (given) =>
      signed({ ...given, headers: { 'content-type': 'text/plain' } }, 'PUT', {
        headers: { 'Transfer-Encoding': 'chunked' },
        body: '6\r\nhello!\r\n0\r\n\r\n',
      }),
    { local: '400 INVALID_ARGUMENT', s3: '403 SignatureDoesNotMatch' },
  ),
  store('the type: `text/html`', (given) =>
    signed(given, 'PUT', { ...hello, headers: { 'content-type': 'text/html' } }),
  ),
  store('the type: with a parameter', (given) =>
    signed(given, 'PUT', { ...hello, headers: { 'content-type': 'text/plain; charset=utf-7' } }),
  ),
  store('the type: none', (given) => signed({ ...given, headers: {} }, 'PUT', hello)),
  store(
    'the type: two of them',
    (given) => signed(given, 'PUT', { ...hello, headers: { 'Content-Type': ['text/plain', 'text/html'] } }),
    { local: '400 INVALID_ARGUMENT', s3: '403 SignatureDoesNotMatch' },
    'it is one header',
  ),
  store('the method: GET, DELETE with a URL that stores', (given) => [
    signed({ ...given, headers: {} }, 'GET'),
    signed({ ...given, headers: {} }, 'DELETE'),
  ]),
  store('the key: another one', (given) =>
    signed({ ...given, target: given.target.replace('new.txt', 'mine.txt') }, 'PUT', hello),
  ),
  {
    ...store(
      'a coding (`Content-Encoding: gzip`)',
      (given) => signed(given, 'PUT', { ...hello, headers: { 'Content-Encoding': 'gzip' } }),
      '415 TYPE_REFUSED',
      'it would come back as something else',
    ),
    only: 'local',
  },
  {
    ...store(
      'a coding (`Content-Encoding: gzip`) to S3',
      (given) => signed(given, 'PUT', { ...hello, headers: { 'Content-Encoding': 'gzip' } }),
      '200',
      "what is not signed is the client's: S3 keeps the coding with the object",
    ),
    only: 's3',
    stores: 1,
  },
];

export const tampered: HostileList = {
  letter: 'P',
  title: 'Signed URLs',
  about:
    'A URL that ann was given for her own `mine.txt`, or for 5 bytes of `text/plain` under a new key, and what is changed of it. On S3 the ' +
    'URL leads to the server (here VersityGW), whose answers are shown.',
  cases: [...reads, ...stores],
};
