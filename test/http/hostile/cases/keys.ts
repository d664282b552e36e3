import { KEYS, type KeyRow } from '../../../contract/keys.js';
import type { Answer, HostileCase, HostileList } from '../hostile-case.js';
import { encoded } from '../support/encoded.js';
import { asAnn, post } from '../support/request.js';
import type { Wire } from '../support/wire.js';

const OBJECTS = '/api/documents/objects/';
const BAD = '400 INVALID_ARGUMENT';
const ABSENT = '404 NOT_FOUND';

/** What is answered to a key that differs from what its rule says: of objects, and of `presign` where that differs again. */
const EXCEPTIONS = new Map<string, readonly [objects: Answer, presign?: Answer]>([
  ['lone high surrogate', ['400', BAD]],
  ['lone low surrogate', ['400', BAD]],
  ['surrogates in the wrong order', ['400', BAD]],
  [
    'non-character',
    [
      { local: ABSENT, s3: BAD },
      { local: '200', s3: BAD },
    ],
  ],
  [
    'own folder',
    [
      { local: BAD, s3: ABSENT },
      { local: BAD, s3: '200' },
    ],
  ],
  [
    'own folder in upper case',
    [
      { local: BAD, s3: ABSENT },
      { local: BAD, s3: '200' },
    ],
  ],
  [
    'own folder deeper',
    [
      { local: BAD, s3: ABSENT },
      { local: BAD, s3: '200' },
    ],
  ],
  // With the scope before it.
  ['1,024 bytes', [BAD]],
  ['one segment of 1,024 bytes', [BAD]],
  ['512 folders', [BAD]],
  ['segment of 256 bytes', [BAD, { local: BAD, s3: '200' }]],
  ['segment of 256 bytes in emoji', [BAD, { local: BAD, s3: '200' }]],
]);

/** The key in every route that takes one. Nobody has an object there. */
function once({ key, name, rule }: KeyRow): HostileCase {
  const text = encoded(key);
  const [objects = rule === 'kept' ? ABSENT : BAD, presigned] = EXCEPTIONS.get(name) ?? [];
  const presign = presigned ?? (objects === ABSENT ? '200' : objects);
  const signed: Answer = { local: '403 PERMISSION_DENIED', s3: '404 NOT_FOUND' };
  return {
    what: name,
    send: (): Wire[] => [
      asAnn('GET', OBJECTS + text),
      asAnn('HEAD', OBJECTS + text),
      { ...asAnn('DELETE', OBJECTS + text), answer: deleted(objects) },
      {
        ...asAnn('GET', `/api/documents/signed/${text}?signature=x`),
        answer: objects === '400' ? '400' : signed,
      },
      ...['GET', 'HEAD', 'PUT', 'DELETE'].map((method) => ({
        ...post('/api/documents/presign', { method, key, ...(method === 'PUT' && { size: 1 }) }),
        label: `presign ${method}`,
        answer: presign,
      })),
      // A prefix is no path: what begins so is looked for, and nothing does. But it is no longer than a key.
      {
        ...asAnn('GET', `${OBJECTS.slice(0, -1)}?prefix=${text}`),
        answer: Buffer.byteLength(key) > 1024 ? BAD : '200',
      },
    ],
    answer: objects,
    why: '',
  };
}

/** Deleting what is not there succeeds. */
function deleted(answer: Answer): Answer {
  if (typeof answer === 'string') return answer === ABSENT ? '204' : answer;
  return 'local' in answer
    ? { local: deleted(answer.local) as string, s3: deleted(answer.s3) as string }
    : answer;
}

const EMPTY = 'empty';

/** Each character of the key as `%XX`, so that no router sees a slash or a dot in it. */
export const keys: HostileList = {
  letter: 'B',
  title: 'Keys',
  about:
    'Each character as `%XX`, in every route that takes a key: GET, HEAD and DELETE of `objects` (the answer of a GET is shown; a DELETE ' +
    'of what is not there is 204), `signed` without a signature (403, or 404 where URLs lead to S3), `presign` (200 where the key is ' +
    'one) and the `prefix` of a list, which is no path and may be any text.',
  cases: KEYS.filter(({ name }) => name !== EMPTY).map(once),
};

const TWICE = new Map<string, Answer>([
  ['parent alone', BAD],
  ['dot alone', BAD],
  ['1,025 bytes', BAD],
  ['1,025 bytes of 2-byte characters', BAD],
  ['1,024 emoji', '431'],
  ['1,024 bytes', BAD],
  ['one segment of 1,024 bytes', BAD],
  ['512 folders', BAD],
  ['segment of 254 bytes in 2-byte characters', BAD],
  ['segment of 256 bytes', BAD],
  ['segment of 256 bytes in emoji', BAD],
  ['300 folders', BAD],
]);

/** Encoded once more: it is decoded once, so that what is meant stays a name. */
export const keysTwice: HostileList = {
  letter: 'BT',
  title: 'Keys, encoded twice',
  about: 'A path is decoded once: what is encoded twice is the name of an object, and of none that is there.',
  cases: KEYS.filter(({ name }) => name !== EMPTY).map(({ name, key }): HostileCase => ({
    what: name,
    send: () => [
      asAnn('GET', OBJECTS + encoded(encoded(key))),
      asAnn('HEAD', OBJECTS + encoded(encoded(key))),
    ],
    answer: TWICE.get(name) ?? ABSENT,
    why: '',
  })),
};

const RAW = new Map<string, Answer>([
  ['encoded parent', BAD],
  ['encoded parent and name', BAD],
  ['half encoded parent', BAD],
  // The target ends before it, so that it is that of the list on Express, and of no key on Fastify.
  ['space', { express: '200', fastify: BAD }],
  ['trailing space', ABSENT],
  ['query and fragment', { express: '200', fastify: BAD }],
  ['own folder', { local: BAD, s3: ABSENT }],
  ['own folder in upper case', { local: BAD, s3: ABSENT }],
  ['own folder deeper', { local: BAD, s3: ABSENT }],
  ['1,024 bytes', BAD],
  ['one segment of 1,024 bytes', BAD],
  ['512 folders', BAD],
  ['segment of 256 bytes', BAD],
]);

/** What is answered to the bytes of a key: Node's parser takes no space, control or byte beyond ASCII in a target (RFC 9112, 3.2). */
function rawAnswer({ name, key, rule }: KeyRow): Answer {
  const known = RAW.get(name);
  if (known !== undefined) return known;
  if (/[^\x21-\x7e]|%(?![0-9a-f]{2})|%c0/i.test(key)) return '400';
  return rule === 'kept' ? ABSENT : BAD;
}

/** The key's own bytes in the target of a request, which no client library would send. */
export const keysRaw: HostileList = {
  letter: 'BR',
  title: 'Keys, as they are',
  about:
    'The bytes of the key in the request line, which no client library would send. `400` without a code is that of Node or of the router.',
  cases: KEYS.filter(({ name }) => name !== EMPTY).map((row): HostileCase => ({
    what: row.name,
    send: () => [asAnn('GET', OBJECTS + row.key), asAnn('HEAD', OBJECTS + row.key)],
    answer: rawAnswer(row),
    why: '',
  })),
};
