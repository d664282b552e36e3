import path from 'node:path';
import { StorageError } from '../../core/error.js';
import { Directories } from './directories.js';
import { errno, OPEN, type Disk } from './disk.js';
import { findFolding, type NameFolding } from './folding.js';
import { KeyLock } from './key-lock.js';
import { Leftovers } from './leftovers.js';
import { MetadataStore } from './metadata.js';
import { Owner } from './owner.js';
import { Owners } from './owners.js';

/** Everything that works on one root, once it is open. */
export interface Root {
  readonly directories: Directories;
  readonly metadata: MetadataStore;
  readonly owner: Owner;
  readonly owners: Owners;
  readonly locks: KeyLock;
  readonly leftovers: Leftovers;
  readonly folding: NameFolding | undefined;
  /** Why nothing can be written, where the file system is read-only or ours to read only. */
  readonly readOnly: Error | undefined;
}

export interface RootOptions {
  readonly root: string;
  readonly durable: boolean;
  readonly directoryMode: number;
  readonly leaseMs: number;
  readonly lockTimeoutMs: number;
}

/** Opens the directory `root`, and makes it, and the reserved folder in it, where they are not there. */
export async function openRoot(disk: Disk, options: RootOptions): Promise<Root> {
  const { durable, directoryMode: mode } = options;
  const given = path.resolve(options.root);
  const readOnly = await makeFolders(disk, given, mode);
  const rootPath = await disk.realpath(given);
  const fd = process.platform === 'win32' ? -1 : await disk.open(rootPath, OPEN.directory);
  const directories = new Directories(disk, rootPath, fd, { mode, durable });
  try {
    const owner = new Owner(disk, directories, { mode, leaseMs: options.leaseMs });
    const owners = new Owners(disk, directories, options.leaseMs);
    return {
      directories,
      owner,
      owners,
      metadata: new MetadataStore(disk, directories, durable),
      leftovers: new Leftovers(),
      locks: new KeyLock(disk, directories, owner, owners, options.lockTimeoutMs),
      folding: readOnly === undefined ? await findFolding(disk, directories) : undefined,
      readOnly,
    };
  } catch (error) {
    await directories.close().catch(() => undefined);
    throw error;
  }
}

/** The reason why they cannot be made, where reading is all that the root is for. */
async function makeFolders(disk: Disk, root: string, mode: number): Promise<Error | undefined> {
  try {
    for (const folder of ['tmp', 'locks', 'meta'])
      await disk.mkdirAll(path.join(root, '.stowage', folder), mode);
    return undefined;
  } catch (error) {
    if (['EROFS', 'EACCES', 'EPERM'].includes(errno(error) ?? '')) return error as Error;
    if (errno(error) === 'ENOTDIR' || errno(error) === 'EEXIST') {
      throw new StorageError('INVALID_ARGUMENT', `The root ${root} is no directory`, {
        reason: 'root',
        cause: error,
      });
    }
    throw error;
  }
}
