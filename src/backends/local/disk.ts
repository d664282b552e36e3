import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { errno } from '../../core/errno.js';
import { proc } from '../../core/proc.js';

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_DIRECTORY = 0 } = fs.constants;

/** How files are opened: never through a symbolic link, never waiting for the other end of a pipe. */
export const OPEN = {
  read: O_RDONLY | O_NOFOLLOW | O_NONBLOCK,
  create: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW,
  write: O_WRONLY | O_NOFOLLOW,
  directory: O_RDONLY | O_DIRECTORY,
} as const;

/** A copy shares its blocks with the source where the file system can, and never replaces a file. */
export const COPY_NEW = fs.constants.COPYFILE_FICLONE | fs.constants.COPYFILE_EXCL;

/** What link(2) says where there are no hard links, or no more of them. */
export const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

type Stats = fs.BigIntStats;
const bigint = { bigint: true } as const;

/**
 * The calls of `node:fs` that the backend makes, all of them, on descriptors as numbers: less costs less
 * than FileHandle, and a test can put a disk that fails in their place.
 */
export const disk = {
  open: promisify(fs.open) as (path: string, flags: number, mode?: number) => Promise<number>,
  close: promisify(fs.close),
  fsync: promisify(fs.fsync),
  ftruncate: promisify(fs.ftruncate) as (fd: number, length: number) => Promise<void>,
  futimes: promisify(fs.futimes) as (fd: number, atime: number, mtime: number) => Promise<void>,
  utimes: promisify(fs.utimes) as (path: string, atime: Date, mtime: Date) => Promise<void>,
  rename: promisify(fs.rename) as (from: string, to: string) => Promise<void>,
  link: promisify(fs.link) as (from: string, to: string) => Promise<void>,
  symlink: promisify(fs.symlink) as (target: string, path: string) => Promise<void>,
  readlink: promisify(fs.readlink) as (path: string) => Promise<string>,
  unlink: promisify(fs.unlink) as (path: string) => Promise<void>,
  mkdir: (path: string, mode: number): Promise<void> =>
    fs.promises.mkdir(path, { mode }).then(() => undefined),
  rmdir: promisify(fs.rmdir) as (path: string) => Promise<void>,
  removeAll: (path: string): Promise<void> =>
    fs.promises.rm(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 10 }),
  realpath: promisify(fs.realpath.native) as (path: string) => Promise<string>,
  copyFile: promisify(fs.copyFile) as (from: string, to: string, mode: number) => Promise<void>,
  readFile: promisify(fs.readFile) as (path: string) => Promise<Buffer>,
  readdir: (path: string): Promise<fs.Dirent[]> => fs.promises.readdir(path, { withFileTypes: true }),

  lstat: (path: string): Promise<Stats> =>
    new Promise((resolve, reject) =>
      fs.lstat(path, bigint, (error, stats) => (error ? reject(error) : resolve(stats))),
    ),

  read: (fd: number, buffer: Uint8Array, offset: number, length: number, position: number): Promise<number> =>
    new Promise((resolve, reject) =>
      fs.read(fd, buffer, offset, length, position, (error, count) =>
        error ? reject(error) : resolve(count),
      ),
    ),

  write: (
    fd: number,
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<number> =>
    new Promise((resolve, reject) =>
      fs.write(fd, buffer, offset, length, position, (error, count) =>
        error ? reject(error) : resolve(count),
      ),
    ),

  writev: (fd: number, buffers: readonly Uint8Array[], position: number): Promise<number> =>
    new Promise((resolve, reject) =>
      fs.writev(fd, buffers, position, (error, count) => (error ? reject(error) : resolve(count))),
    ),

  /** Of an open descriptor: the inode is in memory, so that the answer never waits for a disk. */
  fstat: (fd: number): Stats => fs.fstatSync(fd, bigint),
  /** Of a descriptor that was only read: nothing is left to be written, so that it does not wait either. */
  closeRead: (fd: number): void => fs.closeSync(fd),
  ...proc,
};

export type Disk = typeof disk;

/** `work`, or undefined when it fails with one of `codes`. */
export async function unless<T>(codes: readonly string[], work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (codes.includes(errno(error) ?? '')) return undefined;
    throw error;
  }
}
