import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { disk } from '../../../../src/backends/local/disk.js';
import { StorageError, type StorageErrorCode } from '../../../../src/core/error.js';
import { faultyDisk, type Fault } from '../../../faults/faulty-disk.js';
import { within } from '../../../support/within.js';
import {
  descriptorsBelow,
  everythingIn,
  keysOfFiles,
  keysOfMetadata,
  remains,
  type useRoots,
} from './roots.js';
import { contentOf, putOld, type WriteOperation } from './write-operations.js';

/** What may be told of each failure. OUTCOME_UNKNOWN: it was done, and only its durability is in doubt. */
export const CODES: Readonly<Record<string, readonly StorageErrorCode[]>> = {
  ENOSPC: ['NO_SPACE', 'OUTCOME_UNKNOWN'],
  EIO: ['UNAVAILABLE', 'OUTCOME_UNKNOWN'],
  EACCES: ['PERMISSION_DENIED', 'OUTCOME_UNKNOWN'],
  EMFILE: ['UNAVAILABLE', 'OUTCOME_UNKNOWN'],
  EROFS: ['PERMISSION_DENIED', 'OUTCOME_UNKNOWN'],
};

/** Of these the calls of opening the root fail, too; they are the same for all. */
const OPENING: ReadonlySet<string> = new Set([
  'put of bytes into a new folder',
  'put over an object',
  'copy over an object',
  'delete beside another object',
]);

export type Roots = ReturnType<typeof useRoots>;

export interface Finding {
  /** Whether there was a call to fail: otherwise the operation makes fewer. */
  readonly failed: string | undefined;
  readonly outcome: StorageErrorCode | 'done';
}

/** Runs `operation` once, with `fault`, and holds everything that it leaves to what was promised. */
export async function runWithFault(
  roots: Roots,
  operation: WriteOperation,
  fault: Fault,
  durability: 'full' | 'rename',
): Promise<Finding> {
  const root = join(roots.folder(), 'root');
  const faulty = faultyDisk(disk);
  const options = { disk: faulty.disk, durability };
  let { storage, backend } = roots.open(root, options);
  await operation.prepare(storage);
  if (OPENING.has(operation.name)) {
    await backend.close();
    ({ storage, backend } = roots.open(root, options));
  } else {
    await backend.sweep();
  }
  faulty.set(fault);
  const outcome = await within(outcomeOf(operation.run(storage)), operation.name);
  const { failed } = faulty;
  faulty.set();

  const content = await contentOf(storage, operation.key);
  check(outcome === 'done' || CODES[fault.code]?.includes(outcome), `it says ${outcome}`);
  // What a disk no longer tells may be so or so.
  const untold = fault.forGood === true && outcome === 'OUTCOME_UNKNOWN';
  if (!untold) checkContent(operation, outcome, content);
  else check([operation.before, operation.after].includes(content), `there is the content ${content}`);
  if (operation.source !== undefined) await checkSource(operation, storage, outcome, content);

  await backend.sweep();
  checkTree(root);
  await putOld(storage, operation.key);
  check((await contentOf(storage, operation.key)) === 'old', 'the next put is not there');
  await backend.sweep();
  await backend.close();
  checkTree(root);
  const folders = everythingIn(root).emptyFolders.filter((path) => !path.startsWith('.stowage'));
  const mayNot = ['open', 'rmdir'].includes(failed ?? '') && ['EACCES', 'EROFS'].includes(fault.code);
  check(mayNot || folders.length === 0, `it leaves empty folders: ${folders.join()}`);
  check(readdirSync(join(root, '.stowage/tmp')).length === 0, 'it leaves the folder of an owner');
  await until(() => descriptorsBelow(root).length === 0);
  const open = descriptorsBelow(root);
  check(open.length === 0, `it leaves descriptors: ${open.join()}`);
  check(faulty.closedTwice === 0, 'it closes a descriptor twice');
  return { failed, outcome };
}

async function outcomeOf(work: Promise<unknown>): Promise<Finding['outcome']> {
  try {
    await work;
    return 'done';
  } catch (error) {
    if (StorageError.is(error)) return error.code;
    throw error;
  }
}

function checkContent(operation: WriteOperation, outcome: Finding['outcome'], content: string): void {
  const { before, after } = operation;
  if (outcome === 'done' || outcome === 'OUTCOME_UNKNOWN') {
    check(content === after, `it says ${outcome}, and there is the content ${content}`);
  } else {
    // A move that has copied but not deleted leaves both.
    const half = operation.name.startsWith('move') ? after : before;
    check(content === before || content === half, `it says ${outcome}, and there is the content ${content}`);
  }
}

/** A source is whole, or it was moved. */
async function checkSource(
  { name, source = '' }: WriteOperation,
  storage: Parameters<typeof contentOf>[0],
  outcome: Finding['outcome'],
  content: string,
): Promise<void> {
  const left = await contentOf(storage, source);
  if (!name.startsWith('move')) check(left === 'new', `the source is ${left}`);
  else if (outcome === 'done') check(left === 'none', `the source is ${left} after the move`);
  else check(left === 'new' || content === 'new', 'the move has lost the object');
}

function checkTree(root: string): void {
  check(
    remains(root).filter((path) => !path.endsWith('/released')).length === 0,
    `it leaves ${remains(root).join()}`,
  );
  const [files, kept] = [keysOfFiles(root), keysOfMetadata(root)];
  check(String(files) === String(kept), `objects ${files.join()} have metadata ${kept.join()}`);
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 2_000 && !holds(); i++) await setImmediate();
}

function check(holds: boolean | undefined, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
