import { DECISIONS } from '../children/decisions.js';
import type { HostileCase, HostileList } from '../hostile-case.js';
import { asAnn, request, type Headers } from '../support/request.js';
import type { Wire } from '../support/wire.js';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const FORM = '--XX\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nx\r\n--XX--\r\n';
const FORM_TYPE = { 'Content-Type': 'multipart/form-data; boundary=XX' };

const DIRECT = '{"name":"a.txt","contentType":"text/plain","size":1}';

const SIGN = '{"method":"POST","key":"a.txt"}';
const BEGIN = '{"filename":"a.txt","type":"text/plain"}';

interface Route {
  readonly method: string;
  /** As the application has it; a wildcard is `*`. */
  readonly path: string;
  /** A request that it answers 2xx to when it is allowed. */
  readonly send: (headers: Headers, storage?: string) => Wire;
  /** Who decides: `authorize`, the signature of the URL, a ticket besides `authorize`, a grant, nobody, or that no storage has it. */
  readonly decides: 'authorize' | 'signature' | 'ticket' | 'grant' | 'nobody' | 'disabled';
}

const guarded = (method: string, path: string, target: string, own: Headers = {}, body?: string): Route => ({
  method,
  path,
  decides: 'authorize',
  send: (headers, storage = 'documents') =>
    request(method, `/api/${storage}/${target}`, { ...own, ...headers }, body),
});
const signed = (method: string, body?: string): Route => ({
  method,
  path: '/api/:storage/signed/*',
  decides: 'signature',
  send: (headers, storage = 'documents') =>
    request(method, `/api/${storage}/signed/users/ann/mine.txt`, headers, body),
});
const health = (method: string): Route => ({
  method,
  path: '/api/v1/storage/health',
  decides: 'nobody',
  send: (headers) => request(method, '/api/v1/storage/health', headers),
});

const granted = (method: string, body?: string): Route => ({
  method,
  path: '/api/:storage/direct/granted',
  decides: 'grant',
  send: (headers, storage = 'documents') =>
    request(method, `/api/${storage}/direct/granted?grant=x`, headers, body),
});
const companion = (method: string, own: Headers = {}, body?: string): Route => ({
  ...guarded(method, '/api/:storage/direct/s3/multipart/*', 'direct/s3/multipart/x?key=x', own, body),
  decides: 'ticket',
});

const disabled = (method: string, path: string): Route => ({
  method,
  path: `/api/:storage/${path}`,
  decides: 'disabled',
  send: (headers, storage = 'documents') => request(method, `/api/${storage}/${path}`, headers),
});

/** Every route of the module. A test holds this to be what the application has. */
export const ROUTES: readonly Route[] = [
  guarded('POST', '/api/:storage/upload', 'upload', FORM_TYPE, FORM),
  guarded('GET', '/api/:storage/objects', 'objects'),
  guarded('HEAD', '/api/:storage/objects', 'objects'),
  guarded('GET', '/api/:storage/objects/*', 'objects/mine.txt'),
  guarded('HEAD', '/api/:storage/objects/*', 'objects/mine.txt'),
  guarded('DELETE', '/api/:storage/objects/*', 'objects/none.txt'),
  guarded('POST', '/api/:storage/presign', 'presign', JSON_TYPE, '{"method":"GET","key":"mine.txt"}'),
  guarded('POST', '/api/:storage/direct', 'direct', JSON_TYPE, DIRECT),
  {
    ...guarded('POST', '/api/:storage/direct/confirm', 'direct/confirm', JSON_TYPE, '{"ticket":"x"}'),
    decides: 'ticket',
  },
  guarded('POST', '/api/:storage/direct/sign', 'direct/sign', JSON_TYPE, SIGN),
  ...['GET', 'HEAD'].map((method) =>
    guarded(method, '/api/:storage/direct/s3/params', 'direct/s3/params?filename=a.txt&type=text/plain'),
  ),
  guarded('POST', '/api/:storage/direct/s3/multipart', 'direct/s3/multipart', JSON_TYPE, BEGIN),
  ...['GET', 'HEAD', 'DELETE'].map((method) => companion(method)),
  companion('POST', JSON_TYPE, '{"parts":[]}'),
  ...['GET', 'HEAD', 'DELETE'].map((method) => granted(method)),
  ...['PUT', 'POST'].map((method) => granted(method, 'x')),
  ...[disabled('POST', 'tus'), disabled('OPTIONS', 'tus')],
  ...['HEAD', 'PATCH', 'DELETE', 'POST'].map((method) => disabled(method, 'tus/:id')),
  signed('GET'),
  signed('HEAD'),
  signed('PUT', 'x'),
  signed('DELETE'),
  health('GET'),
  health('HEAD'),
];

const GUARDED = ROUTES.filter(({ decides }) => decides === 'authorize');
const SIGNED = ROUTES.filter(({ decides }) => decides === 'signature');
const GRANTED = ROUTES.filter(({ decides }) => decides === 'grant');
const HEALTH = ROUTES.filter(({ decides }) => decides === 'nobody');

const FAILS = /thrown|rejected|TypeError|^the scope (?:\.\.|users|\/)|^a scope (?:with|of)|surrogate/;

const decisions = Object.keys(DECISIONS)
  .filter((name) => !/Exception|^true$/.test(name))
  .map((name): HostileCase => {
    const fails = FAILS.test(name);
    return {
      what: `\`authorize\` gives ${name}: every route that it decides`,
      send: () => GUARDED.map(({ send }) => send({ 'X-User': 'ann', 'X-Decide': name })),
      answer: fails ? '500 UNKNOWN' : '403 FORBIDDEN',
      why: fails
        ? 'a mistake of the application lets nobody in, and is not told'
        : 'only `true` and a scope allow',
      see: ({ all }) => {
        if (all.includes('hunter2')) throw new Error('It tells what authorize said');
      },
    };
  });

export const decided: HostileList = {
  letter: 'A',
  title: 'Every route and method',
  about:
    'The list of routes is read from the running application: a route without a line here fails the test. *Every route that `authorize` ' +
    'decides* is each of them, with a request that would be answered 2xx.',
  cases: [
    {
      what: 'no principal: every route that `authorize` decides',
      send: () => GUARDED.map(({ send }) => send({})),
      answer: '403 FORBIDDEN',
      why: '`authorize` refuses whom it does not know, before the body is read',
    },
    {
      what: 'a principal that is no name (`__proto__`, `../bob`, two of them)',
      send: () =>
        ['__proto__', '../bob', 'ann, bob', '', 'ann/../bob', 'ann%2f..%2fbob'].flatMap((user) =>
          GUARDED.map(({ send }) => send({ 'X-User': user })),
        ),
      answer: '403 FORBIDDEN',
      why: 'the `authorize` of the tests takes letters and digits',
    },
    ...decisions,
    {
      what: '`authorize` throws an `UnauthorizedException`: every route that it decides',
      send: () => GUARDED.map(({ send }) => send({ 'X-Decide': 'UnauthorizedException' })),
      answer: '401 UNAUTHORIZED',
      why: 'an `HttpException` is an answer of its own',
    },
    {
      what: '`authorize` rejects with a `ForbiddenException`',
      send: () => GUARDED.map(({ send }) => send({ 'X-Decide': 'a rejected ForbiddenException' })),
      answer: '403 FORBIDDEN',
      why: 'an `HttpException` is an answer of its own',
    },
    {
      what: 'no signature, with and without a principal: every signed route',
      send: () =>
        SIGNED.flatMap(({ send }) => [send({}), send({ 'X-User': 'ann' }), send({ 'X-Decide': 'true' })]),
      answer: { local: '403 PERMISSION_DENIED', s3: '404 NOT_FOUND' },
      why: 'the signature alone counts; where URLs lead to S3 there is no such route',
    },
    {
      what: 'no grant that is one, with and without a principal: every route of `direct/granted`',
      send: () =>
        GRANTED.flatMap(({ send }) => [send({}), send({ 'X-User': 'ann' }), send({ 'X-Decide': 'true' })]),
      answer: '403',
      why: 'the grant alone counts: browsers send nothing else to such a URL',
    },
    {
      what: '`direct/confirm` by the key of an object, of a place that is kept, or of no form',
      send: () =>
        [
          ...['mine.txt', 'users/ann/mine.txt', 'users/bob/theirs.txt', '', '..', 'pending/direct/'],
          ...['pending/direct/../../users/bob/theirs.txt', 'pending/locks/x', 'pending/direct/x\u0000'],
        ].map((key) => asAnn('POST', '/api/documents/direct/confirm', JSON_TYPE, JSON.stringify({ key }))),
      answer: '400 INVALID_ARGUMENT',
      why: 'a form has a key of one shape, and nothing else is looked at',
    },
    {
      what: '`direct/confirm` by the key of a form that nobody has sent, with and without a principal',
      send: () =>
        [{}, { 'X-User': 'ann' }, { 'X-User': 'bob' }].map((headers: Headers) =>
          request(
            'POST',
            '/api/documents/direct/confirm',
            { ...JSON_TYPE, ...headers },
            '{"key":"pending/direct/3f0e8d2c-1111-4222-8333-444455556666"}',
          ),
        ),
      answer: '404 NOT_FOUND',
      why: 'there is nothing whose ticket could say whose it is',
    },
    {
      what: 'no principal, and `authorize` would throw: health',
      send: () => HEALTH.flatMap(({ send }) => [send({}), send({ 'X-Decide': 'an error thrown' })]),
      answer: '200',
      why: 'it says up or down and is open; leave `health` out where that is too much',
      see: ({ body }) => {
        if (/\/tmp|bucket|127\.0\.0\.1/.test(body.toString())) throw new Error('It tells where objects are');
      },
    },
    {
      what: 'a storage that is not served (`none`, `__proto__`, `constructor`, `..`, upper case): every route',
      send: () =>
        [
          'none',
          '__proto__',
          'constructor',
          'toString',
          'DOCUMENTS',
          '%00',
          'documents%2f',
          '%64ocument',
        ].flatMap((storage) =>
          [...GUARDED, ...SIGNED].map((route) => route.send({ 'X-User': 'ann' }, storage)),
        ),
      answer: '404 NOT_FOUND',
      why: 'the name is looked up as it is',
    },
    {
      what: 'operations that are not enabled (storage with `get` alone)',
      send: () =>
        GUARDED.filter(({ path }) => !path.endsWith('objects/*'))
          .map(({ send }) => send({ 'X-User': 'ann' }, 'reader'))
          .concat(asAnn('DELETE', '/api/reader/objects/mine.txt')),
      answer: '404 NOT_FOUND',
      why: 'there is no route for them',
    },
    {
      what: '`presign` for operations that are not enabled (PUT, POST, DELETE)',
      send: () =>
        ['PUT', 'POST', 'DELETE'].map((method) =>
          request(
            'POST',
            '/api/signer/presign',
            { 'X-User': 'ann', ...JSON_TYPE },
            JSON.stringify({ method, key: 'mine.txt', ...(method !== 'DELETE' && { size: 1 }) }),
          ),
        ),
      answer: '403 FORBIDDEN',
      why: 'a URL does nothing that its storage does not offer',
    },
    {
      what: 'other methods (PATCH, TRACE, PROPFIND, COPY, LOCK, PUT): every path',
      send: () =>
        ['PATCH', 'TRACE', 'PROPFIND', 'COPY', 'MOVE', 'LOCK', 'MKCOL', 'PURGE'].flatMap((method) =>
          ['upload', 'objects', 'objects/mine.txt', 'presign', 'signed/users/ann/mine.txt'].map((path) =>
            asAnn(method, `/api/documents/${path}`),
          ),
        ),
      answer: '404',
      why: 'there is no route for them',
    },
    {
      what: 'PUT and POST to an object; DELETE and GET of `upload` and `presign`',
      send: () => [
        asAnn('PUT', '/api/documents/objects/mine.txt', { 'Content-Type': 'text/plain' }, 'x'),
        asAnn('POST', '/api/documents/objects/mine.txt', JSON_TYPE, '{}'),
        ...['GET', 'DELETE', 'PUT'].flatMap((method) =>
          ['upload', 'presign'].map((path) => asAnn(method, `/api/documents/${path}`)),
        ),
        asAnn('DELETE', '/api/documents/objects'),
        asAnn('POST', '/api/documents/signed/users/ann/mine.txt', JSON_TYPE, '{}'),
      ],
      answer: '404',
      why: 'there is no route for them',
    },
    {
      what: 'a DELETE by `X-HTTP-Method-Override`, `X-HTTP-Method`, `X-Method-Override` or `_method`',
      send: () => [
        ...['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'].map((name) =>
          asAnn('GET', '/api/documents/objects/mine.txt', { [name]: 'DELETE' }),
        ),
        asAnn('GET', '/api/documents/objects/mine.txt?_method=DELETE'),
      ],
      answer: '200',
      why: 'the method is that of the request: the object is read, and stays',
    },
    {
      what: 'OPTIONS: every path',
      send: () =>
        ['upload', 'objects', 'objects/mine.txt', 'presign', 'signed/users/ann/mine.txt'].map((path) =>
          asAnn('OPTIONS', `/api/documents/${path}`, {
            Origin: 'https://evil.example',
            'Access-Control-Request-Method': 'DELETE',
          }),
        ),
      answer: '404',
      why: 'CORS is yours: nothing is allowed to another origin',
      see: ({ headers }) => {
        if (headers['access-control-allow-origin'] !== undefined)
          throw new Error('Another origin is allowed');
      },
    },
  ],
};
