import fc from 'fast-check';
import { asAnn, post } from './request.js';
import { NOT_YOURS } from './seeds.js';
import { exchange, type Wire } from './wire.js';
import type { World } from './world.js';

/** How many requests are made up. */
const RUNS = Number(process.env.STOWAGE_HOSTILE_RUNS ?? 300);

const STEP = fc.constantFrom(
  ...[
    '..',
    '.',
    '',
    'users',
    'bob',
    'ann',
    '10',
    '1',
    'folder',
    'objects',
    'documents',
    'other',
    'api',
    'signed',
  ],
  ...[
    '%2e%2e',
    '%2E.',
    '..%2f',
    '%2f',
    '%5c',
    '\\',
    '%00',
    '..;',
    ';',
    '%252e%252e',
    '%c0%ae',
    '%ef%bc%8e',
    '~',
    '*',
    '.stowage',
  ],
  ...[
    'NOT-YOURS.txt',
    'mine.txt',
    'secret.txt',
    'users%2Fbob',
    'users/bob/NOT-YOURS.txt',
    '../bob/NOT-YOURS.txt',
  ],
);
const PATH = fc
  .tuple(fc.array(STEP, { minLength: 1, maxLength: 7 }), fc.constantFrom('/', '%2F', '//', '\\'))
  .map(([steps, slash]) => steps.join(slash));
const START = fc.constantFrom(
  '/api/documents/objects/',
  '/api/documents/objects',
  '/api/documents/objects?prefix=',
  '/api/documents/objects?delimiter=/&prefix=',
  '/api/documents/objects?cursor=',
  '/api/documents/signed/',
  '/api/documents/',
  '/api/other/objects/../../documents/objects/',
  '/API/documents/OBJECTS/',
  'http://x/api/documents/objects/',
);
const METHOD = fc.constantFrom('GET', 'HEAD', 'GET', 'POST', 'OPTIONS');

const WIRE: fc.Arbitrary<Wire> = fc.oneof(
  fc.tuple(METHOD, START, PATH).map(([method, start, path]) => asAnn(method, start + path)),
  fc
    .tuple(fc.constantFrom('GET', 'HEAD', 'PUT', 'DELETE'), PATH)
    .map(([method, key]) =>
      post('/api/documents/presign', { method, key, ...(method === 'PUT' && { size: 1 }) }),
    ),
);

/** Sends what is made up of pieces of paths: what succeeds has only bytes and keys of ann, and every signed URL is one for them. */
export async function differential(world: World): Promise<void> {
  await fc.assert(
    fc.asyncProperty(WIRE, async (wire) => {
      const { status, body, all } = await exchange(world.port, wire);
      world.assertAlive();
      if (status === 0 || status >= 500) throw new Error(`It was answered ${all.slice(0, 200)}`);
      if (status >= 300) return;
      const text = body.toString();
      const url = /"url":"([^"]*)"/.exec(text)?.[1];
      if (url !== undefined && !/\/(?:signed|stowage-[0-9a-f]+)\/users\/ann\//.test(new URL(url).pathname))
        throw new Error(`A URL leads out of the scope: ${url}`);
      // A key that was asked for is told again.
      if (url === undefined && text.includes(NOT_YOURS)) throw new Error(`It tells ${text.slice(0, 500)}`);
    }),
    { numRuns: RUNS },
  );
}
