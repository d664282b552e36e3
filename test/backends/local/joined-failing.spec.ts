import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as yieldOnce } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { disk } from '../../../src/backends/local/disk.js';
import { StorageError } from '../../../src/core/error.js';
import type { MultipartUploads } from '../../../src/core/multipart-uploads.js';
import type { UploadedPart } from '../../../src/core/part-store.js';
import { pending, partsOf, rereadable, uploadsOf } from '../../contract/uploads.js';
import { faultyDisk, type Fault } from '../../faults/faulty-disk.js';
import { bytesOf } from '../../support/bodies.js';
import { within } from '../../support/within.js';
import { descriptorsBelow, FAST, keysOfFiles, keysOfMetadata, remains, useRoots } from './support/roots.js';

const roots = useRoots(FAST);
const MOST_CALLS = 200;
const WAYS = [{ code: 'EIO' }, { code: 'EIO', happens: true }];

/** An upload of three parts; what of it has been sent. */
interface Sent {
  readonly key: string;
  readonly id: string;
  readonly contents: readonly Buffer[];
  readonly told: Map<number, UploadedPart>;
}

interface Step {
  readonly name: string;
  /** How many parts are there before. */
  readonly before: number;
  run(uploads: MultipartUploads, sent: Sent): Promise<void>;
}

/** Parts of two pieces. */
const contentsOf = (seed: number) => [1, 2, 3].map((part) => bytesOf(1_100_000 + part, seed + part));
const [CONTENTS, OTHERS] = [contentsOf(10), contentsOf(20)];

async function send(uploads: MultipartUploads, { key, id, contents, told }: Sent, number: number) {
  told.set(number, await uploads.putPart(key, id, number, contents[number - 1] as Buffer));
}

/** Sends part `number`, but its source fails before its last piece. */
async function sendInVain(uploads: MultipartUploads, { key, id, contents }: Sent, number: number) {
  const part = rereadable(contents[number - 1] as Buffer, (start) => {
    if (start > 0) throw new StorageError('ABORTED', 'gone');
  });
  await uploads.putPart(key, id, number, part).catch((error: unknown) => {
    if (!StorageError.is(error, 'ABORTED')) throw error;
  });
}

const STEPS: readonly Step[] = [
  {
    name: 'parts that fail and are sent again',
    before: 0,
    async run(uploads, sent) {
      for (const number of [1, 2]) {
        await sendInVain(uploads, sent, number);
        await send(uploads, sent, number);
      }
    },
  },
  {
    name: 'a completion that is aborted, and a part',
    before: 2,
    async run(uploads, sent) {
      const controller = new AbortController();
      const { signal } = controller;
      const completing = uploads.complete(sent.key, sent.id, [...sent.told.values()], { signal });
      setImmediate(() => controller.abort());
      await completing.catch((error: unknown) => {
        if (!StorageError.is(error, 'ABORTED')) throw error;
      });
      if ((await pending(uploads)).some(({ uploadId }) => uploadId === sent.id)) await send(uploads, sent, 3);
    },
  },
];

/** Runs `step` with `fault` while another upload is sent as well; gives the call that has failed, if there was one. */
async function run(step: Step, fault: Fault): Promise<string | undefined> {
  const root = join(roots.folder(), 'root');
  const faulty = faultyDisk(disk);
  const { storage, backend } = roots.open(root, { disk: faulty.disk, durability: 'full' });
  const uploads = uploadsOf(storage);
  const second = roots.open(root, { durability: 'full' });
  const other = uploadsOf(second.storage);
  const all: Sent[] = [];
  for (const [key, contents] of [
    ['k', CONTENTS],
    ['other', OTHERS],
  ] as const) {
    const { uploadId: id } = await uploads.begin(key);
    all.push({ key, id, contents, told: new Map() });
  }
  const [sent, beside] = all as [Sent, Sent];
  for (let number = 1; number <= step.before; number++) await send(uploads, sent, number);
  await backend.sweep();

  faulty.set(fault);
  const [outcome] = await within(
    Promise.allSettled([step.run(uploads, sent), send(other, beside, 1).then(() => send(other, beside, 2))]),
    step.name,
  );
  const { failed } = faulty;
  faulty.set();
  if (outcome.status === 'rejected' && !StorageError.is(outcome.reason)) throw outcome.reason;
  expect(beside.told.size).toBe(2);
  await backend.sweep();

  const left = new Set((await pending(uploads)).map(({ key }) => key));
  for (const one of all) {
    const whole = Buffer.concat(one.contents);
    if (left.has(one.key)) {
      const parts = new Map((await partsOf(uploads, one.key, one.id)).map((part) => [part.number, part]));
      for (const [number, part] of one.told) expect(parts.get(number)).toEqual(part);
      for (let number = 1; number <= 3; number++) if (!parts.has(number)) await send(uploads, one, number);
      await uploads.complete(one.key, one.id, await partsOf(uploads, one.key, one.id));
      expect((await storage.bytes(one.key)).equals(whole)).toBe(true);
    } else {
      // The abort came too late.
      const content = await storage.bytes(one.key);
      expect(content.equals(whole.subarray(0, content.byteLength)) && content.byteLength > 0).toBe(true);
    }
  }
  await backend.sweep();
  for (const one of [second, { backend }]) await one.backend.close();
  expect(remains(root).filter((path) => !path.endsWith('/released'))).toEqual([]);
  expect(readdirSync(join(root, '.stowage/uploads'))).toEqual([]);
  expect(keysOfMetadata(root)).toEqual(keysOfFiles(root));
  for (let i = 0; i < 2_000 && descriptorsBelow(root).length > 0; i++) await yieldOnce();
  expect(descriptorsBelow(root)).toEqual([]);
  expect(faulty.closedTwice).toBe(0);
  return failed;
}

describe('parts in order whose nth call of the disk fails', () => {
  it.each(STEPS.map((step) => [step.name, step] as const))(
    'are whole, and can be gone on with: %s',
    async (_, step) => {
      let points = 0;
      for (const way of WAYS) {
        let failAt = 1;
        for (; failAt < MOST_CALLS; failAt++) {
          try {
            if ((await run(step, { failAt, ...way })) === undefined) break;
          } catch (cause) {
            throw new Error(`Call ${failAt} fails, ${JSON.stringify(way)}: ${String(cause)}`, { cause });
          }
        }
        points += failAt - 1;
      }
      process.stdout.write(`failure points: ${points} (${step.name})\n`);
      expect(points).toBeGreaterThan(50);
    },
    240_000,
  );
});
