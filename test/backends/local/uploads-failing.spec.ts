import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { disk } from '../../../src/backends/local/disk.js';
import { StorageError } from '../../../src/core/error.js';
import type { MultipartUploads } from '../../../src/core/multipart-uploads.js';
import type { UploadedPart } from '../../../src/core/part-store.js';
import type { StorageService } from '../../../src/storage/storage.service.js';
import { pending, partsOf, uploadsOf } from '../../contract/uploads.js';
import { faultyDisk, type Fault } from '../../faults/faulty-disk.js';
import { within } from '../../support/within.js';
import { CODES } from './support/failing-runs.js';
import { descriptorsBelow, FAST, keysOfFiles, keysOfMetadata, remains, useRoots } from './support/roots.js';

const roots = useRoots(FAST);
const MOST_CALLS = 200;
const ONE = Buffer.from('one, ');
const TWO = Buffer.from('two');

interface Stage {
  readonly storage: StorageService;
  readonly uploads: MultipartUploads;
  readonly key: string;
  readonly id: string;
  readonly parts: readonly UploadedPart[];
}

interface Step {
  readonly name: string;
  readonly key: string;
  /** Whether a part was sent twice: then the parts are not in one file, and have to be copied. */
  readonly copied?: boolean;
  run(stage: Stage): Promise<unknown>;
  /** Holds what is there, with a disk that works again, to how the step has ended. */
  check(stage: Stage, outcome: string): Promise<void>;
}

const etags = async ({ uploads, key, id }: Stage): Promise<string[]> =>
  (await partsOf(uploads, key, id)).map(({ etag }) => etag);

const completion = (key: string, before: string | undefined, copied: boolean): Step => ({
  name: `a completion ${before === undefined ? 'into a new folder' : 'over an object'}, ${copied ? 'copied' : 'joined'}`,
  key,
  copied,
  run: ({ uploads, id, parts }) => uploads.complete(key, id, parts),
  async check({ storage, uploads, id, parts }, outcome) {
    const content = (await storage.exists(key)) ? await storage.text(key) : undefined;
    if (outcome === 'done' || outcome === 'OUTCOME_UNKNOWN') expect(content).toBe('one, two');
    else expect(content).toBe(before);
    const info = await uploads.complete(key, id, parts);
    expect(info.size).toBe(8);
    expect(await storage.text(key)).toBe('one, two');
    expect(await pending(uploads)).toEqual([]);
  },
});

const part = (number: number): Step => ({
  name: number === 1 ? 'a part over another one' : 'a new part',
  key: 'k',
  run: ({ uploads, id }) => uploads.putPart('k', id, number, Buffer.from('sent')),
  async check(stage, outcome) {
    const before = stage.parts.map(({ etag }) => etag);
    const now = await etags(stage);
    expect(now).toHaveLength(number === 1 || !['done', 'OUTCOME_UNKNOWN'].includes(outcome) ? 2 : 3);
    const same = String(now) === String(before);
    expect(same).toBe(outcome !== 'done' && outcome !== 'OUTCOME_UNKNOWN');
  },
});

const STEPS: readonly Step[] = [
  {
    name: 'a begin',
    key: 'k',
    run: ({ uploads }) => uploads.begin('k'),
    async check({ uploads }, outcome) {
      expect(await pending(uploads)).toHaveLength(outcome === 'done' ? 2 : 1);
    },
  },
  part(1),
  part(3),
  completion('new/folder/k', undefined, false),
  completion('new/folder/k', undefined, true),
  completion('old', 'old', false),
  completion('old', 'old', true),
  {
    name: 'an abort',
    key: 'k',
    run: ({ uploads, id }) => uploads.abort('k', id),
    async check(stage, outcome) {
      const left = await pending(stage.uploads);
      if (outcome === 'done' || outcome === 'OUTCOME_UNKNOWN') expect(left).toEqual([]);
      else expect(await etags(stage)).toEqual(stage.parts.map(({ etag }) => etag));
    },
  },
];

/** Runs `step` with `fault`; gives the call that has failed, if there was one. */
async function run(step: Step, fault: Fault, durability: 'full' | 'rename'): Promise<string | undefined> {
  const root = join(roots.folder(), 'root');
  const faulty = faultyDisk(disk);
  const { storage, backend } = roots.open(root, { disk: faulty.disk, durability });
  const uploads = uploadsOf(storage);
  const { key } = step;
  if (key === 'old') await storage.put(key, 'old');
  const { uploadId: id } = await uploads.begin(key);
  const parts = [await uploads.putPart(key, id, 1, ONE), await uploads.putPart(key, id, 2, TWO)];
  if (step.copied) parts[0] = await uploads.putPart(key, id, 1, ONE);
  await backend.sweep();
  const stage = { storage, uploads, key, id, parts };

  faulty.set(fault);
  const outcome = await within(
    step.run(stage).then(
      () => 'done',
      (error: unknown) => {
        if (StorageError.is(error)) return error.code;
        throw error;
      },
    ),
    step.name,
  );
  const { failed } = faulty;
  faulty.set();
  if (outcome !== 'done') expect(CODES[fault.code]).toContain(outcome);
  await backend.sweep();
  await step.check(stage, outcome);

  for (const left of await pending(uploads)) await uploads.abort(left.key, left.uploadId);
  await backend.sweep();
  await backend.close();
  expect(remains(root).filter((path) => !path.endsWith('/released'))).toEqual([]);
  expect(keysOfMetadata(root)).toEqual(keysOfFiles(root));
  expect(readdirSync(join(root, '.stowage/tmp'))).toEqual([]);
  expect(readdirSync(join(root, '.stowage/uploads'))).toEqual([]);
  for (let i = 0; i < 2_000 && descriptorsBelow(root).length > 0; i++) await setImmediate();
  expect(descriptorsBelow(root)).toEqual([]);
  expect(faulty.closedTwice).toBe(0);
  return failed;
}

describe.each(['full', 'rename'] as const)(
  'an upload whose nth call of the disk fails, durability %s',
  (durability) => {
    it.each(STEPS.map((step) => [step.name, step] as const))(
      'is typed, whole and leaves nothing: %s',
      async (_, step) => {
        let points = 0;
        for (const way of [{ code: 'EIO' }, { code: 'ENOSPC' }, { code: 'EIO', happens: true }]) {
          let failAt = 1;
          for (; failAt < MOST_CALLS; failAt++) {
            try {
              if ((await run(step, { failAt, ...way }, durability)) === undefined) break;
            } catch (cause) {
              throw new Error(`Call ${failAt} fails, ${JSON.stringify(way)}: ${String(cause)}`, { cause });
            }
          }
          points += failAt - 1;
        }
        process.stdout.write(`failure points: ${points} (${step.name}, ${durability})\n`);
        expect(points).toBeGreaterThan(10);
      },
      240_000,
    );
  },
);
