import type { Answer, HostileCase, HostileList } from '../hostile-case.js';
import { asAnn, post, request } from '../support/request.js';
import { exchange, type Wire } from '../support/wire.js';
import type { World } from '../support/world.js';

const BAD = '400 INVALID_ARGUMENT';
const ABSENT = '404 NOT_FOUND';
const BASE = '/api/documents/objects/';
const SECRET = 'bob/NOT-YOURS.txt';

/** A target that is to lead ann to what bob has, read and deleted. */
const climb = (what: string, target: string, answer: Answer, why: string, deletes?: Answer): HostileCase => ({
  what: `\`${what}\``,
  send: () => [
    asAnn('GET', target),
    asAnn('HEAD', target),
    { ...asAnn('DELETE', target), answer: deletes ?? (answer === ABSENT ? '204' : answer) },
  ],
  answer,
  why,
});
const path = (rest: string, answer: Answer, why: string): HostileCase =>
  climb(rest.replace('NOT-YOURS.txt', 'secret.txt'), BASE + rest, answer, why);

const DOTS = 'a key has no `..`, in any spelling that is one after decoding once';
const NAME = 'it is the name of an object of ann, and there is none';

export const scopes: HostileList = {
  letter: 'S',
  title: "Another user's key",
  about:
    'ann, whose scope is `users/ann`, asks for `users/bob/secret.txt`, by GET, HEAD and DELETE. The answer of a GET is shown; a DELETE of ' +
    'what is not there is 204. What begins without a slash stands behind `/api/documents/objects/`.',
  cases: [
    path(`../${SECRET}`, BAD, DOTS),
    path(`x/../../${SECRET}`, BAD, DOTS),
    path(`./../${SECRET}`, BAD, DOTS),
    path(`%2e%2e/${SECRET}`, BAD, DOTS),
    path(`%2E%2E%2F${SECRET.replace('/', '%2F')}`, BAD, DOTS),
    path(`..%2f${SECRET}`, BAD, DOTS),
    path(`.%2e/${SECRET}`, BAD, DOTS),
    path(`%252e%252e/${SECRET}`, ABSENT, NAME),
    path(`%252e%252e%252f${SECRET}`, ABSENT, NAME),
    path(`..%252f${SECRET}`, ABSENT, NAME),
    path(`..\\${SECRET}`, BAD, 'a key has no backslash'),
    path(`..%5c${SECRET}`, BAD, 'a key has no backslash'),
    path(`..;/${SECRET}`, ABSENT, NAME),
    path(`..;a=b/${SECRET}`, ABSENT, NAME),
    path(`.../${SECRET}`, ABSENT, NAME),
    path(`..%00/${SECRET}`, BAD, 'a key has no control character'),
    path(`mine.txt%00/../../${SECRET}`, BAD, DOTS),
    path(`%c0%ae%c0%ae/${SECRET}`, '400', 'overlong UTF-8 is none'),
    path(`%c0%ae%c0%ae%c0%af${SECRET}`, '400', 'overlong UTF-8 is none'),
    path(`%e0%80%ae%e0%80%ae/${SECRET}`, '400', 'overlong UTF-8 is none'),
    path(`%uff0e%uff0e/${SECRET}`, '400', 'no percent-encoding'),
    path(`%ef%bc%8e%ef%bc%8e/${SECRET}`, ABSENT, `full-width dots are no dots: ${NAME}`),
    path(`..%ef%bc%8f${SECRET}`, ABSENT, `a full-width slash is no slash: ${NAME}`),
    path(`/${SECRET}`, BAD, 'a key has no empty segment'),
    path(`//users/${SECRET}`, BAD, 'a key has no empty segment'),
    path(`%2fusers%2f${SECRET}`, BAD, 'a key has no empty segment'),
    path(`users/${SECRET}`, ABSENT, `keys are relative to the scope: ${NAME}`),
    path(`users/${SECRET}/`, BAD, 'a key has no empty segment'),
    path(`../../NOT-YOURS.txt`, BAD, DOTS),
    path(`../../../other/users/ann/NOT-YOURS.txt`, BAD, DOTS),
    climb(
      'http://files.example.com/api/documents/objects/../bob/secret.txt',
      `http://files.example.com${BASE}../${SECRET}`,
      BAD,
      'the absolute form is read as any other',
    ),
    climb(
      'http://files.example.com/api/documents/objects/users/bob/secret.txt',
      `http://files.example.com${BASE}users/${SECRET}`,
      ABSENT,
      `the absolute form is read as any other: ${NAME}`,
    ),
    climb('/api/documents/objects/x/objects/../bob/…', `${BASE}x/objects/../../${SECRET}`, BAD, DOTS),
    climb('//api/documents/objects/users/bob/…', `/${BASE}users/${SECRET}`, '404', 'no such path'),
    climb(
      '/api//documents/objects/users/bob/…',
      `/api//documents/objects/users/${SECRET}`,
      '404',
      'no such path',
    ),
    climb(
      '/api/./documents/objects/users/bob/…',
      `/api/./documents/objects/users/${SECRET}`,
      '404',
      'no such path',
    ),
    climb(
      '/api/x/../documents/objects/users/bob/…',
      `/api/x/../documents/objects/users/${SECRET}`,
      '404',
      'no such path',
    ),
    climb(
      '/api/other/../documents/objects/…',
      `/api/other/../documents/objects/users/${SECRET}`,
      '404',
      'no such path',
    ),
    climb(
      '/api/documents;x/objects/…',
      `/api/documents;x/objects/users/${SECRET}`,
      ABSENT,
      'no such storage',
      ABSENT,
    ),
    climb('/api/documents%2fobjects/…', `/api/documents%2fobjects/users/${SECRET}`, '404', 'no such path'),
    climb(
      '/api/documents\\objects\\…',
      `/api/documents\\objects\\users\\bob\\NOT-YOURS.txt`,
      '404',
      'no such path',
    ),
    climb(
      '/api/documents/OBJECTS/users/bob/…',
      `/api/documents/OBJECTS/users/${SECRET}`,
      { express: ABSENT, fastify: '404' },
      'Express takes a path in any case, and the scope holds',
      { express: '204', fastify: '404' },
    ),
    climb(
      '/API/documents/objects/../bob/…',
      `/API/documents/objects/../${SECRET}`,
      { express: BAD, fastify: '404' },
      'Express takes a path in any case, and the rules of keys hold',
    ),
    path(
      `mine.txt?key=users/${SECRET}&prefix=../bob`,
      '200',
      'a query names no key: it is ann who gets her own',
    ),
    path(
      `mine.txt?x=../../${SECRET}#/../${SECRET}`,
      '200',
      'a query names no key: it is ann who gets her own',
    ),
    path(`mine.txt#/../../${SECRET}`, '200', 'a fragment is no part of a key'),
  ].map((one) => (one.answer === '200' ? { ...one, send: own(one) } : one)),
};

/** Without the DELETE, which would be allowed. */
function own({ send }: HostileCase): HostileCase['send'] {
  return async (world) => ((await send(world)) as readonly Wire[]).slice(0, 2);
}

const as = (user: string, method: string, target: string): Wire =>
  request(method, target, { 'X-User': user });

/** The cursor of bob's list. */
async function cursorOf({ port }: World, user: string): Promise<string> {
  const reply = await exchange(port, as(user, 'GET', '/api/documents/objects?limit=1'));
  return (JSON.parse(reply.body.toString()) as { readonly cursor?: string }).cursor ?? '';
}

export const neighbours: HostileList = {
  letter: 'N',
  title: 'Scopes beside each other',
  about: 'Users `1`, `10`, `ann` and `bob`, each with a scope of that name.',
  cases: [
    {
      what: 'user `1` lists, where there is a user `10`',
      send: () => [
        as('1', 'GET', '/api/documents/objects'),
        as('1', 'GET', '/api/documents/objects?prefix='),
        as('1', 'GET', '/api/documents/objects?prefix=0'),
        as('1', 'GET', '/api/documents/objects?prefix=0/'),
        as('1', 'GET', '/api/documents/objects?prefix=../'),
        as('1', 'GET', '/api/documents/objects?prefix=../10/'),
        as('1', 'GET', '/api/documents/objects?prefix=/../10'),
        as('1', 'GET', '/api/documents/objects?prefix=%2e%2e%2f10%2f'),
        as('1', 'GET', '/api/documents/objects?delimiter=/'),
      ],
      answer: '200',
      why: 'a scope ends in a slash, and a prefix begins behind it',
    },
    {
      what: 'user `1` reads `0/secret.txt`, `10/secret.txt`, `users/10/secret.txt`',
      send: () =>
        ['0/NOT-YOURS.txt', '10/NOT-YOURS.txt', 'users/10/NOT-YOURS.txt'].map((key) =>
          as('1', 'GET', BASE + key),
        ),
      answer: ABSENT,
      why: 'keys are relative to the scope',
    },
    {
      what: "a list with the cursor of bob's list",
      send: async (world) =>
        asAnn('GET', `/api/documents/objects?cursor=${encodeURIComponent(await cursorOf(world, 'bob'))}`),
      answer: '200',
      why: 'it says where to go on, and not in which scope: she gets her own keys, as always',
    },
    {
      what: 'a list with a cursor that was made up',
      send: () =>
        [
          'x',
          '%00',
          '../bob/a',
          'users/bob/',
          'eyJrIjoidXNlcnMvYm9iLyJ9',
          '%2e%2e',
          '1'.repeat(3000),
          '{}',
          '[]',
          'null',
        ].map((cursor) => asAnn('GET', `/api/documents/objects?cursor=${cursor}`)),
      answer: BAD,
      why: 'it is none of a list of hers',
    },
    {
      what: 'a list with a parameter twice',
      send: () =>
        ['prefix', 'cursor', 'limit', 'delimiter'].map((name) =>
          asAnn('GET', `/api/documents/objects?${name}=1&${name}=../bob`),
        ),
      answer: BAD,
      why: 'of two values nobody knows which one counts',
    },
    {
      what: 'a list with a limit or a delimiter that is none',
      send: () =>
        [
          'limit=0',
          'limit=-1',
          'limit=1e3',
          'limit=1001',
          'limit=NaN',
          'limit=%31%30%30%30%30',
          'limit[]=5&limit=x',
          'delimiter=..',
          'delimiter=%00',
        ].map((query) => asAnn('GET', `/api/documents/objects?${query}`)),
      answer: BAD,
      why: '1 to 1,000, and `/`',
    },
    {
      what: '`presign` of a key of bob, in every form',
      send: () =>
        [
          '../bob/NOT-YOURS.txt',
          '/users/bob/NOT-YOURS.txt',
          'x/../../bob/NOT-YOURS.txt',
          '..\\bob\\NOT-YOURS.txt',
          './x',
          '',
          7,
          null,
          ['mine.txt'],
          { key: 'x' },
          '\u0000',
          '\ud800',
        ].flatMap((key) =>
          ['GET', 'PUT', 'DELETE'].map((method) =>
            post('/api/documents/presign', { method, key, ...(method === 'PUT' && { size: 1 }) }),
          ),
        ),
      answer: BAD,
      why: 'the rules of keys hold for what is signed',
    },
    {
      what: 'headers that other servers take a path from (`X-Original-URL`, `X-Rewrite-URL`, `X-Forwarded-Prefix` …)',
      send: () =>
        [
          'X-Original-URL',
          'X-Rewrite-URL',
          'X-Forwarded-Prefix',
          'X-Forwarded-Uri',
          'X-Accel-Redirect',
          'Destination',
        ].map((name) =>
          asAnn('GET', `${BASE}mine.txt`, { [name]: `/api/documents/objects/users/${SECRET}` }),
        ),
      answer: '200',
      why: 'the path is that of the request: ann gets her own',
    },
  ],
};
