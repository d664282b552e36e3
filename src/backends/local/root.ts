import path from 'node:path';
import { StorageError } from '../../core/error.js';
import { Directories } from './directories.js';
import { errno } from '../../core/errno.js';
import { OPEN, unless, type Disk } from './disk.js';
import { classifyDiskError } from '../../core/disk-error.js';
import { findFolding, findFoldingOfReserved, type NameFolding } from './folding.js';
import { KeyLock } from './key-lock.js';
import { RESERVED } from './keys.js';
import { sparingDisk } from './sparing-disk.js';
import { Leftovers } from './leftovers.js';
import { MetadataStore } from './metadata.js';
import { Owner } from './owner.js';
import { Owners } from './owners.js';
import { UploadFolders } from './upload-folders.js';

/** Everything that works on one root, once it is open. */
export interface Root {
  readonly disk: Disk;
  readonly directories: Directories;
  readonly metadata: MetadataStore;
  readonly owner: Owner;
  readonly owners: Owners;
  readonly locks: KeyLock;
  readonly leftovers: Leftovers;
  readonly uploads: UploadFolders;
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

/**
 * Opens the directory `root`, and makes it, and the reserved folder in it, where they are not there.
 * @throws StorageError UNAVAILABLE, NO_SPACE, PERMISSION_DENIED: the message names the root and the reason.
 */
export async function openRoot(calls: Disk, options: RootOptions): Promise<Root> {
  try {
    return await openUnnamed(calls, options);
  } catch (error) {
    throw unusable(path.resolve(options.root), error);
  }
}

/** What is wrong with the root is wrong for every key: no object is missing, and no caller has made a mistake. */
function unusable(root: string, error: unknown): unknown {
  const name = errno(error);
  if (name === undefined) return error;
  const { code, reason = 'root' } = classifyDiskError(error);
  const ours = code === 'NO_SPACE' || code === 'PERMISSION_DENIED' || code === 'UNAVAILABLE';
  const { syscall = '?' } = error as NodeJS.ErrnoException;
  const why = name === 'ENOTDIR' ? ': a file is in its place, or in that of a folder above or in it' : '';
  return new StorageError(
    ours ? code : 'UNAVAILABLE',
    `The root ${root} cannot be used, ${name} (${syscall})${why}`,
    { reason: ours ? reason : 'root', cause: error },
  );
}

async function openUnnamed(calls: Disk, options: RootOptions): Promise<Root> {
  const { durable, directoryMode: mode } = options;
  const given = path.resolve(options.root);
  const opened: Directories[] = [];
  const disk = sparingDisk(calls, async () => (await opened[0]?.closeIdle()) ?? false);
  const readOnly = await makeFolders(disk, given, options);
  const rootPath = await disk.realpath(given).catch((error: unknown) => {
    throw readOnly ?? error;
  });
  const fd = process.platform === 'win32' ? -1 : await disk.open(rootPath, OPEN.directory);
  const directories = new Directories(disk, rootPath, fd, { mode, durable });
  opened.push(directories);
  try {
    const owner = new Owner(disk, directories, { mode, leaseMs: options.leaseMs });
    const leftovers = new Leftovers();
    const owners = new Owners(disk, directories, options.leaseMs);
    return {
      disk,
      directories,
      owner,
      owners,
      metadata: new MetadataStore(disk, directories, durable),
      leftovers,
      uploads: new UploadFolders(disk, directories, owner, leftovers, { mode, durable }),
      locks: new KeyLock(disk, directories, owner, owners, options.lockTimeoutMs),
      ...(await writability(disk, directories, readOnly)),
    };
  } catch (error) {
    await directories.close().catch(() => undefined);
    throw error;
  }
}

async function writability(
  disk: Disk,
  directories: Directories,
  readOnly: Error | undefined,
): Promise<Pick<Root, 'folding' | 'readOnly'>> {
  const folded = () => findFoldingOfReserved(disk, directories);
  if (readOnly) return { folding: await folded(), readOnly };
  try {
    return { folding: await findFolding(disk, directories), readOnly };
  } catch (error) {
    // The folders may be there from a time when it could be written.
    if (isReadOnly(error)) return { folding: await folded(), readOnly: error };
    throw error;
  }
}

const isReadOnly = (error: unknown): error is Error =>
  ['EROFS', 'EACCES', 'EPERM'].includes(errno(error) ?? '');

/** The reason why they cannot be made, where reading is all that the root is for. */
async function makeFolders(
  disk: Disk,
  root: string,
  { directoryMode, durable }: RootOptions,
): Promise<Error | undefined> {
  try {
    for (const name of ['tmp', 'locks', 'meta']) {
      const folder = path.join(root, RESERVED, name);
      const first = await makeDirectory(disk, folder, directoryMode);
      if (durable && first !== undefined) await syncAbove(disk, folder, first);
    }
    return undefined;
  } catch (error) {
    if (isReadOnly(error)) return error;
    throw error;
  }
}

/**
 * Makes `folder` and what is missing above it; resolves to the first one that was made. Not by Node's own `recursive`: where
 * a file system makes no directories, as /proc does, that never ends (it takes ENOENT for a missing parent, for ever).
 */
async function makeDirectory(disk: Disk, folder: string, mode: number): Promise<string | undefined> {
  const made = () =>
    unless(
      ['EEXIST'],
      disk.mkdir(folder, mode).then(() => folder),
    );
  try {
    return await made();
  } catch (error) {
    if (errno(error) !== 'ENOENT' || path.dirname(folder) === folder) throw error;
  }
  const first = await makeDirectory(disk, path.dirname(folder), mode);
  const own = await made();
  return first ?? own;
}

/** Makes durable that `folder` and those above it, up to `first`, were made. */
async function syncAbove(disk: Disk, folder: string, first: string): Promise<void> {
  if (process.platform === 'win32') return;
  for (let made = folder; ; made = path.dirname(made)) {
    const fd = await disk.open(path.dirname(made), OPEN.directory);
    try {
      await disk.fsync(fd);
    } finally {
      disk.closeRead(fd);
    }
    if (made === path.resolve(first)) return;
  }
}
