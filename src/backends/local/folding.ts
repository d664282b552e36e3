import { StorageError } from '../../core/error.js';
import type { Directories } from './directories.js';
import { unless, type Disk } from './disk.js';

/** What a file system takes for the same name: `A` and `a`, or `é` in one code point and in two. */
export interface NameFolding {
  readonly fold: (name: string) => string;
}

/** Tries out whether the file system below the root folds names; undefined where every name is its own. */
export async function findFolding(disk: Disk, directories: Directories): Promise<NameFolding | undefined> {
  const at = (name: string) => directories.own(`.stowage/tmp/${name}`);
  const tag = `${process.pid}-${Math.random().toString(36).slice(2)}`;
  const probe = `~probe-a\u00e9-${tag}`;
  await disk.mkdir(at(probe), 0o700);
  try {
    const isSame = async (name: string) => (await unless(['ENOENT'], disk.lstat(at(name)))) !== undefined;
    const folds = (await isSame(probe.toUpperCase())) || (await isSame(probe.normalize('NFD')));
    return folds ? { fold: (name) => name.normalize('NFKC').toUpperCase().toLowerCase() } : undefined;
  } finally {
    await disk.rmdir(at(probe)).catch(() => undefined);
  }
}

/**
 * Refuses `key` where the file system would take it for another key that is there: two keys are never one file.
 * @throws StorageError CONFLICT
 */
export async function assertOwnName(
  disk: Disk,
  directories: Directories,
  { fold }: NameFolding,
  key: string,
): Promise<void> {
  let folder = '';
  for (const name of key.split('/')) {
    const entries = await directories.use(folder, (directory) => disk.readdir(directory.at('.')));
    const folded = fold(name);
    const same = (entries ?? []).map((entry) => entry.name).filter((other) => fold(other) === folded);
    if (same.length === 0) return;
    if (!same.includes(name)) {
      throw new StorageError('CONFLICT', 'The file system takes the key for another one that is there', {
        reason: 'folded-name',
      });
    }
    folder = folder === '' ? name : `${folder}/${name}`;
  }
}
