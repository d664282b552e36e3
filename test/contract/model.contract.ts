import { expect } from '@jest/globals';
import fc from 'fast-check';
import { atOnce } from '../../src/core/at-once.js';
import { StorageError } from '../../src/core/error.js';
import { MultipartUploads } from '../../src/core/multipart-uploads.js';
import type { StorageService } from '../../src/storage/storage.service.js';
import { bytesOf, streamOf } from '../support/bodies.js';
import { within } from '../support/within.js';
import { keysOf } from './delete.contract.js';
import type { Theme } from './suite.js';

interface Entry {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly tag: string;
}

type Model = Map<string, Entry>;

const KEYS = ['a', 'b', 'd/a', 'd/b', 'd/e/f', 'é', '😀', '\uffee'];
/** With these a key can be a folder too. */
const NESTED_KEYS = [...KEYS, 'a/x', 'd'];
/** How long the histories go on when nobody counts them: `npm run test:soak`. */
const SECONDS = Number(process.env['STOWAGE_SOAK_SECONDS'] ?? 0);

function operations(keys: readonly string[], conditional: boolean) {
  const key = fc.constantFrom(...keys);
  const size = fc.oneof({ weight: 5, arbitrary: fc.nat(40) }, { weight: 1, arbitrary: fc.nat(200_000) });
  const chunk = fc.integer({ min: 1, max: 70_000 });
  const condition = conditional
    ? fc.constantFrom('none', 'ifAbsent', 'current', 'stale', 'any')
    : fc.constant('none');
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('put'), key, size, chunk, stream: fc.boolean(), condition }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('together'),
        keys: fc.uniqueArray(key, { minLength: 2, maxLength: 5 }),
        size,
        chunk,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('parts'),
        key,
        size,
        chunk,
        workers: fc.integer({ min: 1, max: 5 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('get'), key, start: fc.nat(50), end: fc.nat(50) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete'), key }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('copy'), key, to: key }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('move'), key, to: key }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('list'), prefix: fc.constantFrom('', 'd', 'd/', 'é') }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('failedPut'), key }) },
  );
}

type Step = {
  readonly kind: string;
  readonly key?: string;
  readonly to?: string;
  readonly size?: number;
  readonly keys?: readonly string[];
  readonly stream?: boolean;
  readonly chunk?: number;
  readonly workers?: number;
  readonly condition?: string;
  readonly start?: number;
  readonly end?: number;
  readonly prefix?: string;
};

/** What happened: a value to compare, or the code of the error. */
async function outcome(work: Promise<unknown>): Promise<unknown> {
  try {
    return await within(work);
  } catch (error) {
    if (StorageError.is(error)) return error.code;
    throw error;
  }
}

async function put(storage: StorageService, model: Model, step: Step, seed: number): Promise<void> {
  const { key = '', size = 0, condition } = step;
  const bytes = bytesOf(size, seed);
  const present = model.get(key);
  const tag = String(seed);
  const options = {
    metadata: { tag },
    ...(condition === 'ifAbsent' && { ifAbsent: true }),
    ...(condition === 'current' && { ifMatch: present?.etag ?? 'no-etag' }),
    ...(condition === 'stale' && { ifMatch: 'stale-etag' }),
    ...(condition === 'any' && { ifMatch: '*' }),
  };
  const matching = condition === 'current' || condition === 'stale' || condition === 'any';
  const expected =
    condition === 'ifAbsent' && present
      ? 'ALREADY_EXISTS'
      : matching && !present
        ? 'NOT_FOUND'
        : condition === 'stale'
          ? 'PRECONDITION_FAILED'
          : undefined;
  const work = storage.put(key, step.stream ? streamOf(...cut(bytes, step.chunk)) : bytes, options);
  if (expected) return expect(await outcome(work)).toBe(expected);
  const { etag } = await within(work);
  model.set(key, { bytes, etag, tag });
}

/** `bytes` in pieces of `size`, of which there are at most 100. */
function cut(bytes: Buffer, size = bytes.length): readonly Buffer[] {
  const length = Math.max(size, Math.ceil(bytes.length / 100), 1);
  return Array.from({ length: Math.ceil(bytes.length / length) }, (_, i) =>
    bytes.subarray(i * length, (i + 1) * length),
  );
}

/** Objects that are put at the same time: none is where another should be. */
async function together(
  storage: StorageService,
  model: Model,
  { keys = [], size = 0, chunk = 1 }: Step,
  seed: number,
): Promise<void> {
  await Promise.all(
    keys.map((key, i) =>
      put(storage, model, { kind: 'put', key, size: size + i, chunk, stream: true }, seed + i / 8),
    ),
  );
}

/** An upload in parts, in any order, so many at once. What has only large parts puts the object. */
async function parts(storage: StorageService, model: Model, step: Step, seed: number): Promise<void> {
  const { key = '', size = 0, chunk, workers = 1 } = step;
  if (!storage.supports(MultipartUploads) || storage.as(MultipartUploads).limits.minPart > 1)
    return put(storage, model, { ...step, kind: 'put', stream: true }, seed);
  const uploads = storage.as(MultipartUploads);
  const bytes = bytesOf(size, seed);
  const pieces = size === 0 ? [bytes] : cut(bytes, chunk);
  const tag = String(seed);
  const { uploadId, token } = await within(uploads.begin(key, { metadata: { tag } }));
  const numbered = pieces.map((piece, i) => ({ piece, number: i + 1 })).reverse();
  const sent = await within(
    atOnce(numbered, workers, ({ piece, number }) => uploads.putPart(key, uploadId, number, piece)),
  );
  const { etag } = await within(uploads.complete(key, uploadId, sent.reverse(), { token }));
  model.set(key, { bytes, etag, tag });
}

async function get(
  storage: StorageService,
  model: Model,
  { key = '', start = 0, end = 0 }: Step,
): Promise<void> {
  const present = model.get(key);
  const whole = await outcome(storage.bytes(key));
  if (!present) return expect(whole).toBe('NOT_FOUND');
  expect((whole as Buffer).equals(present.bytes)).toBe(true);
  expect(await storage.head(key)).toMatchObject({ etag: present.etag, metadata: { tag: present.tag } });
  if (end < start) return;
  const part = await outcome(storage.bytes(key, { range: { start, end } }));
  if (start >= present.bytes.length) expect(part).toBe('RANGE_NOT_SATISFIABLE');
  else expect((part as Buffer).equals(present.bytes.subarray(start, end + 1))).toBe(true);
}

async function transfer(
  storage: StorageService,
  model: Model,
  { kind, key = '', to = '' }: Step,
): Promise<void> {
  const present = model.get(key);
  const work = kind === 'move' ? storage.move(key, to) : storage.copy(key, to);
  if (key === to) {
    const codes = kind === 'move' && !present ? ['NOT_FOUND'] : ['INVALID_ARGUMENT'];
    return expect(codes).toContain(await outcome(work));
  }
  if (!present) return expect(await outcome(work)).toBe('NOT_FOUND');
  const { etag } = await within(work);
  model.set(to, { ...present, etag });
  if (kind === 'move') model.delete(key);
}

async function list(storage: StorageService, model: Model, prefix: string): Promise<void> {
  const expected = [...model.keys()]
    .filter((key) => key.startsWith(prefix))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  expect(await keysOf(storage, prefix)).toEqual(expected);
}

async function run(storage: StorageService, steps: readonly Step[]): Promise<void> {
  const model: Model = new Map();
  for (const [i, step] of steps.entries()) {
    if (step.kind === 'put') await put(storage, model, step, i + 1);
    else if (step.kind === 'together') await together(storage, model, step, i + 1);
    else if (step.kind === 'parts') await parts(storage, model, step, i + 1);
    else if (step.kind === 'get') await get(storage, model, step);
    else if (step.kind === 'delete') {
      await storage.delete(step.key ?? '');
      model.delete(step.key ?? '');
    } else if (step.kind === 'failedPut') {
      expect(await outcome(storage.put(step.key ?? '', 'x', { size: 2 }))).toBe('INVALID_ARGUMENT');
    } else if (step.kind === 'list') await list(storage, model, step.prefix ?? '');
    else await transfer(storage, model, step);
  }
  await list(storage, model, '');
  for (const key of model.keys()) await get(storage, model, { kind: 'get', key });
}

export const model: Theme = (test, { runs = 60 }) => {
  test(
    'does what a plain map does, in any random history',
    async (_, bench) => {
      const keys = bench.has('keyBelowKey') ? NESTED_KEYS : KEYS;
      const conditional = bench.has('ifAbsent') && bench.has('ifMatch') && bench.has('ifMatchAny');
      // On failure fast-check prints the seed, the path and the smallest history that fails.
      const histories = fc.array(operations(keys, conditional), { minLength: 1, maxLength: 30 });
      await fc.assert(
        fc.asyncProperty(histories, async (steps) => {
          await run(await bench.another(), steps);
          await bench.leaveOthers();
        }),
        SECONDS > 0
          ? { numRuns: 1_000_000, interruptAfterTimeLimit: SECONDS * 1000, endOnFailure: false }
          : { numRuns: runs, endOnFailure: false },
      );
    },
    { timeout: 120_000 + SECONDS * 1000 },
  );
};
