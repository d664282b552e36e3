import { randomBytes } from 'node:crypto';
import { StorageError } from '../../core/error.js';
import type { Directories } from './directories.js';
import { unless, type Disk } from './disk.js';
import { RESERVED } from './keys.js';
import { OWNERS } from './owner.js';
import { FENCED } from './owners.js';

/** What a file system takes for the same name: `A` and `a`, or `é` in one code point and in two. */
export interface NameFolding {
  readonly fold: (name: string) => string;
}

/** At least what any file system takes for the same. */
const fold = (name: string): string => name.normalize('NFKC').toUpperCase().toLowerCase();

/** Tries out whether the file system below the root folds names; undefined where every name is its own. */
export async function findFolding(disk: Disk, directories: Directories): Promise<NameFolding | undefined> {
  const at = (name: string) => directories.own(`${OWNERS}/${name}`);
  const isThere = async (name: string) => (await unless(['ENOENT'], disk.lstat(at(name)))) !== undefined;
  for (;;) {
    // To others it is the folder of an owner who has ended, which a sweep removes.
    const probe = `probe-a\u00e9-${randomBytes(5).toString('hex')}${FENCED}`;
    await disk.mkdir(at(probe), 0o700);
    try {
      const folds = (await isThere(probe.toUpperCase())) || (await isThere(probe.normalize('NFD')));
      if (folds) return { fold };
      if (await isThere(probe)) return undefined;
    } finally {
      await disk.rmdir(at(probe)).catch(() => undefined);
    }
  }
}

/** The same, where nothing can be written. The reserved folder may not be there either: then nothing is known. */
export async function findFoldingOfReserved(
  disk: Disk,
  directories: Directories,
): Promise<NameFolding | undefined> {
  const there = await unless(['ENOENT'], disk.lstat(directories.own(RESERVED.toUpperCase())));
  return there && { fold };
}

/**
 * Refuses `key` where the file system would take it for another key that is there: two keys are never one file.
 * @throws StorageError CONFLICT
 */
export async function assertOwnName(
  disk: Disk,
  directories: Directories,
  folding: NameFolding,
  key: string,
): Promise<void> {
  if (await isOwnName(disk, directories, folding, key)) return;
  throw new StorageError('CONFLICT', 'The file system takes the key for another one that is there', {
    reason: 'folded-name',
  });
}

/** Whether `path` is spelled as what is there, as far as there is something. */
export async function isOwnName(
  disk: Disk,
  directories: Directories,
  { fold }: NameFolding,
  path: string,
): Promise<boolean> {
  let folder = '';
  for (const name of path.split('/')) {
    const entries = await directories.use(folder, (directory) => disk.readdir(directory.at('.')));
    const folded = fold(name);
    const same = (entries ?? []).map((entry) => entry.name).filter((other) => fold(other) === folded);
    if (same.length === 0) return true;
    if (!same.includes(name)) return false;
    folder = folder === '' ? name : `${folder}/${name}`;
  }
  return true;
}
