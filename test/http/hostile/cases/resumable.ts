import type { HostileCase, HostileList } from '../hostile-case.js';
import { asAnn, request, type Headers } from '../support/request.js';
import { exchange, type Wire } from '../support/wire.js';
import type { World } from '../support/world.js';

const ABSENT = '404 NOT_FOUND';
const NONE = '0123456789abcdef0123456789abcdef';
const BASE = '/api/resumable/tus';
const VERSION = { 'Tus-Resumable': '1.0.0' };
const PLAIN = `filename ${base64('a.txt')},filetype ${base64('text/plain')}`;
const CHUNK = { 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': '0' };

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

const tus = (method: string, path: string, headers: Headers = {}, body?: string | Buffer): Wire =>
  asAnn(method, BASE + path, { ...VERSION, ...headers }, body);
const begin = (headers: Headers, body?: string | Buffer): Wire =>
  tus('POST', '', { 'Upload-Metadata': PLAIN, ...headers }, body);
const append = (id: string, headers: Headers = {}, body: string | Buffer = 'abc'): Wire =>
  tus('PATCH', `/${id}`, { ...CHUNK, ...headers }, body);

/** Uploads of 3 bytes that are begun and not completed, by the users who began them. */
const begun = new Map<string, string>();

/** Begins an upload of `user`, and gives its id. */
async function upload({ port }: World, user: string): Promise<string> {
  const headers = { ...VERSION, 'X-User': user, 'Upload-Length': '3', 'Upload-Metadata': PLAIN };
  const { status, headers: answered } = await exchange(port, request('POST', BASE, headers));
  const id = /[0-9a-f]{32}$/.exec(answered.location ?? '')?.[0];
  if (status !== 201 || id === undefined) throw new Error(`An upload could not be begun: ${status}`);
  begun.set(id, user);
  return id;
}

/** Ends what was begun: it has to be there still, with no byte. */
async function endAll({ port }: World): Promise<void> {
  for (const [id, user] of begun) {
    begun.delete(id);
    const headers = { ...VERSION, 'X-User': user };
    const { status, headers: answered } = await exchange(port, request('HEAD', `${BASE}/${id}`, headers));
    if (status !== 200 || answered['upload-offset'] !== '0')
      throw new Error(
        `The upload of ${user} is not what it was: ${status} ${answered['upload-offset'] ?? ''}`,
      );
    await exchange(port, request('DELETE', `${BASE}/${id}`, headers));
  }
}

/** All that can be done to an upload, by `headers`. */
const attempts = (id: string, headers: Headers): Wire[] => [
  tus('HEAD', `/${id}`, headers),
  append(id, headers),
  tus('DELETE', `/${id}`, headers),
  tus('POST', `/${id}`, { ...headers, 'X-HTTP-Method-Override': 'DELETE' }),
];

const lengths = (values: readonly string[], answer: string, why: string): HostileCase => ({
  what: `an \`Upload-Length\` of ${values.map((value) => `\`${value}\``).join(', ')}`,
  send: () => values.map((value) => ({ ...begin({ 'Upload-Length': value }), label: value })),
  answer,
  why,
});
const offsets = (values: readonly string[], answer: string, why: string): HostileCase => ({
  what: `an \`Upload-Offset\` of ${values.map((value) => `\`${value}\``).join(', ')}`,
  send: async (world) => {
    const id = await upload(world, 'ann');
    return values.map((value) => ({ ...append(id, { 'Upload-Offset': value }), label: value }));
  },
  answer,
  why,
  undo: endAll,
});
const metadata = (what: string, value: string, answer: string, why: string): HostileCase => ({
  what: `\`Upload-Metadata\`: ${what}`,
  send: () => begin({ 'Upload-Length': '3', 'Upload-Metadata': value }),
  answer,
  why,
});

export const resumable: HostileList = {
  letter: 'V',
  title: 'Resumable uploads',
  about:
    'ann sends to `/api/resumable/tus`, of a storage that takes `text/plain` of 64 KiB at most. An upload of hers or of bob that is there ' +
    'before has to be there after, with as many bytes.',
  cases: [
    {
      what: 'the id of an upload of bob: HEAD, PATCH, DELETE, and POST with `X-HTTP-Method-Override`',
      send: async (world) => attempts(await upload(world, 'bob'), {}),
      answer: ABSENT,
      why: 'an upload belongs to who began it, in the scope that it was begun in',
      undo: endAll,
    },
    {
      what: 'the same in the scope of bob, which `authorize` would not give',
      send: async (world) => attempts(await upload(world, 'bob'), { 'X-User': 'bobby' }),
      answer: ABSENT,
      why: 'who is calling is compared, not what the scope begins with',
      undo: endAll,
    },
    {
      what: 'an upload of her own by another storage, which has no `tus`',
      send: async (world) => {
        const id = await upload(world, 'ann');
        return ['documents', 'reader', 'none', '__proto__'].map((storage) =>
          asAnn('HEAD', `/api/${storage}/tus/${id}`, VERSION),
        );
      },
      answer: ABSENT,
      why: 'there is no such route',
      undo: endAll,
    },
    {
      what: 'no principal, and one that is no name',
      send: async (world) => {
        const id = await upload(world, 'ann');
        return ['', '__proto__', '../ann', 'ann, bob'].flatMap((user) => [
          ...attempts(id, { 'X-User': user }),
          begin({ 'X-User': user, 'Upload-Length': '3' }),
        ]);
      },
      answer: '403 FORBIDDEN',
      why: '`authorize` refuses whom it does not know, before the body is read',
      undo: endAll,
    },
    {
      what: 'an id that is none: `__proto__`, `constructor`, upper case, too short, too long, with a NUL, `record`',
      send: () =>
        [
          '__proto__',
          'constructor',
          'toString',
          'record',
          NONE.toUpperCase(),
          NONE.slice(1),
          `${NONE}0`,
          `${NONE}%00`,
          `%00${NONE}`,
          `${NONE}%0a`,
          NONE,
        ].flatMap((id) => attempts(id, {})),
      answer: ABSENT,
      why: 'an id has 32 digits, and nothing else is looked for',
    },
    {
      what: 'an id that climbs: `%2e%2e`, `..%2f`, `%2F`, `..%5c`, encoded twice',
      send: () =>
        [
          '%2e%2e',
          '..%2f..%2frecord',
          '%2F',
          `x%2f${NONE}`,
          '..%5c..',
          '%252e%252e%252f',
          '%2e%2e%2f%2e%2e',
        ].flatMap((id) => attempts(id, {})),
      answer: ABSENT,
      why: 'it is no id, and never a part of a key',
    },
    lengths(
      [
        '-1',
        '1e3',
        '0x10',
        '1.5',
        'NaN',
        'Infinity',
        '+5',
        '5, 6',
        '1 1',
        '٣',
        '9007199254740993',
        '99999999999999999999',
      ],
      '400 BAD_REQUEST',
      'a length is digits, of a number that can be counted',
    ),
    lengths(['65537', '9007199254740991'], '413 TOO_LARGE', 'it is more than `maxSize`'),
    {
      what: 'two `Upload-Length`, or one with `Upload-Defer-Length`; a defer that is not 1; none',
      send: () => [
        begin({ 'Upload-Length': ['3', '4'] }),
        begin({ 'Upload-Length': '3', 'Upload-Defer-Length': '1' }),
        begin({ 'Upload-Defer-Length': '2' }),
        begin({ 'Upload-Defer-Length': 'true' }),
        begin({}),
      ],
      answer: '400 BAD_REQUEST',
      why: 'the length is said once, or deferred',
    },
    offsets(
      ['-1', '1e0', '0x0', '0.0', 'NaN', '+0', '0, 0', '', '9007199254740993', '99999999999999999999'],
      '400 BAD_REQUEST',
      'an offset is digits, of a number that can be counted',
    ),
    offsets(['1', '3', '4'], '409 CONFLICT', 'it is not that of the upload'),
    {
      what: 'a PATCH with another `Content-Type`, or none',
      send: async (world) => {
        const id = await upload(world, 'ann');
        return ['text/plain', 'application/octet-stream', 'multipart/form-data; boundary=x', ''].map((type) =>
          append(id, { 'Content-Type': type }),
        );
      },
      answer: '400 BAD_REQUEST',
      why: 'it is no part of an upload',
      undo: endAll,
    },
    {
      what: 'another version in `Tus-Resumable`, several, or none',
      send: async (world) => {
        const id = await upload(world, 'ann');
        const none = asAnn('DELETE', `${BASE}/${id}`);
        return [
          { ...none, answer: '412 PRECONDITION_FAILED' },
          ...['0.2.2', '1.0.1', '2.0.0', '1.0.0, 1.0.0'].flatMap((version) => [
            begin({ 'Tus-Resumable': version, 'Upload-Length': '3' }),
            append(id, { 'Tus-Resumable': version }),
            tus('DELETE', `/${id}`, { 'Tus-Resumable': version }),
          ]),
        ];
      },
      answer: '400 BAD_REQUEST',
      why: 'the protocol is that of 1.0.0',
      undo: endAll,
    },
    {
      what: 'more bytes than the length that was said, by a PATCH and with the POST',
      send: async (world) => {
        const id = await upload(world, 'ann');
        return [
          append(id, {}, 'x'.repeat(70_000)),
          begin({ 'Upload-Length': '3', ...CHUNK }, 'x'.repeat(70_000)),
        ];
      },
      answer: '413 TOO_LARGE',
      why: 'nothing is stored of what goes beyond it',
      undo: endAll,
    },
    {
      what: 'a POST that is another method: `X-HTTP-Method-Override` of GET, PUT, POST, TRACE, `DELETE, HEAD`',
      send: async (world) => {
        const id = await upload(world, 'ann');
        return ['GET', 'PUT', 'POST', 'TRACE', 'DELETE, HEAD', '__proto__'].map((method) =>
          tus('POST', `/${id}`, { 'X-HTTP-Method-Override': method }),
        );
      },
      answer: ABSENT,
      why: 'PATCH, DELETE and HEAD are meant, and nothing else',
      undo: endAll,
    },
    {
      what: 'other methods: GET, PUT, PROPFIND, COPY',
      send: async (world) => {
        const id = await upload(world, 'ann');
        return ['GET', 'PUT', 'PROPFIND', 'COPY'].flatMap((method) => [
          tus(method, ''),
          tus(method, `/${id}`),
        ]);
      },
      answer: '404',
      why: 'there is no route for them',
      undo: endAll,
    },
    metadata(
      'values that are no base64',
      'filename !!!,filetype ???',
      '400 BAD_REQUEST',
      'it cannot be read',
    ),
    metadata(
      'two of one name',
      `${PLAIN},filename ${base64('b.txt')}`,
      '400 BAD_REQUEST',
      'of two values nobody knows which counts',
    ),
    metadata('1 MiB', `filename ${'A'.repeat(1024 * 1024)}`, '431', 'Node takes 16 KiB of headers'),
    metadata(
      'names of prototypes',
      `__proto__ ${base64('polluted')},constructor ${base64('x')},filetype ${base64('text/plain')}`,
      '400 BAD_REQUEST',
      'they are no names of metadata',
    ),
    metadata(
      'a type that the storage does not take',
      `filename ${base64('a.html')},filetype ${base64('text/html')}`,
      '415 TYPE_REFUSED',
      'the rules of the storage hold',
    ),
    {
      what: '`Upload-Metadata` with a path, NUL, line breaks and 10,000 characters as names of the file',
      send: () =>
        [
          ...[
            '../../bob/NOT-YOURS.txt',
            '..\\..\\x.txt',
            'a\0.txt',
            'a\r\nX-Evil: 1',
            'n'.repeat(10_000),
          ].map((name) => `filename ${base64(name)},filetype ${base64('text/plain')}`),
        ].map((value, at) => ({
          ...begin(
            { 'Upload-Length': '3', 'Upload-Metadata': value, 'Content-Type': CHUNK['Content-Type'] },
            'abc',
          ),
          label: String(at),
        })),
      answer: '201',
      stores: 2,
      why: 'a name is cleaned, and never a part of a key',
      see: ({ headers }) => {
        if (headers['x-evil'] !== undefined) throw new Error('A name became a header');
        if (!/^[\w/.-]+$/.test(headers['stowage-key'] ?? '')) throw new Error('The key is not of the server');
      },
    },
  ],
};
