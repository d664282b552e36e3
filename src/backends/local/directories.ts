import { StorageError } from '../../core/error.js';
import { errno } from '../../core/errno.js';
import { OPEN, unless, type Disk } from './disk.js';
import { splitKey } from './keys.js';

/** Directories kept open for the next operation; each takes a descriptor. */
const KEPT = 128;

/** Why a directory stays where it is. */
const STAYS = ['ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EBUSY', 'EACCES', 'EPERM', 'EROFS'];

/** A directory below the root, pinned: what `at` names stays in it, whatever is done to the path that led here. */
export interface Directory {
  /** Relative to the root; '' is the root itself. */
  readonly folder: string;
  readonly at: (name: string) => string;
  /** Makes its entries durable; without a descriptor (not Linux) it does nothing. */
  readonly sync: () => Promise<void>;
}

interface Entry extends Directory {
  readonly fd: number;
  users: number;
  stale: boolean;
}

/**
 * Opens directories below a root so that no symbolic link leads out of it. Node has no openat(2): on Linux
 * a path through `/proc/self/fd/N` means the same, and the link itself tells where the descriptor really is.
 * Elsewhere the path is used and checked by realpath(3) after opening.
 */
export class Directories {
  private readonly kept = new Map<string, Entry>();
  private readonly proc = process.platform === 'linux';

  constructor(
    private readonly disk: Disk,
    readonly rootPath: string,
    private readonly rootFd: number,
    private readonly options: { readonly mode: number; readonly durable: boolean },
  ) {}

  /** The path of `relative` below the root, for what is never swapped: the reserved folder. */
  own(relative: string): string {
    return this.proc ? `/proc/self/fd/${this.rootFd}/${relative}` : `${this.rootPath}/${relative}`;
  }

  /** By which path the file that is open as `fd` can be opened again; where there is no `/proc`, by that of its key. */
  source(fd: number, key: string): string {
    return this.proc ? `/proc/self/fd/${fd}` : this.own(key);
  }

  /** Runs `work` in the directory `folder`; undefined when there is none. */
  async use<T>(folder: string, work: (directory: Directory) => Promise<T>): Promise<T | undefined> {
    const entry = await this.acquire(folder);
    if (!entry) return undefined;
    try {
      return await work(entry);
    } finally {
      this.release(entry);
    }
  }

  /**
   * Runs `work` in the directory `folder`, which is made when it is not there, after `making`.
   * @throws StorageError CONFLICT.
   */
  async ensure<T>(
    folder: string,
    work: (directory: Directory) => Promise<T>,
    making?: () => Promise<void>,
  ): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      let entry = await this.acquire(folder);
      if (!entry) {
        await making?.();
        entry = await this.make(folder);
      }
      if (entry) {
        try {
          return await work(entry);
        } finally {
          this.release(entry);
        }
      }
      // Somebody removed it, empty, before it could be opened: their deletes come to an end.
      if (attempt === 100)
        throw new StorageError('UNAVAILABLE', 'The directory vanishes as often as it is made');
    }
  }

  /** Whether the root itself was deleted: another directory at its path is another root. */
  isGone(): boolean {
    try {
      return this.rootFd >= 0 && this.disk.fstat(this.rootFd).nlink === 0n;
    } catch {
      // A disk that does not answer says nothing of it.
      return false;
    }
  }

  /** Removes `folder` and those above it as long as they are empty, and we may. */
  async prune(folder: string): Promise<void> {
    for (let here = folder; here !== '';) {
      const { folder: above, name } = splitKey(here);
      try {
        await this.use(above, (directory) => this.disk.rmdir(directory.at(name)));
      } catch (error) {
        if (STAYS.includes(errno(error) ?? '')) return;
        // One that is gone already may have been the last thing in those above it.
        if (errno(error) !== 'ENOENT') throw error;
      }
      this.forget(here);
      here = above;
    }
  }

  /** Removes `folder` if there is nothing in it but folders that are empty themselves. */
  async removeIfEmpty(folder: string): Promise<boolean> {
    const entries = await this.use(folder, (directory) => this.disk.readdir(directory.at('.')));
    for (const entry of entries ?? []) {
      if (!entry.isDirectory() || !(await this.removeIfEmpty(`${folder}/${entry.name}`))) return false;
    }
    const { folder: above, name } = splitKey(folder);
    const removed = await this.use(above, (directory) =>
      unless(
        ['ENOTEMPTY', 'EEXIST', 'EBUSY'],
        unless(['ENOENT'], this.disk.rmdir(directory.at(name))).then(() => true),
      ),
    );
    return removed === true;
  }

  /** Gives back the descriptors that nobody uses right now; false when there are none. */
  async closeIdle(): Promise<boolean> {
    const idle = [...this.kept.values()].filter(({ users }) => users === 0);
    for (const entry of idle) this.kept.delete(entry.folder);
    await Promise.all(idle.map((entry) => this.closeEntry(entry)));
    return idle.length > 0;
  }

  async close(): Promise<void> {
    for (const folder of [...this.kept.keys()]) this.forget(folder);
    if (this.rootFd >= 0) await this.disk.close(this.rootFd);
  }

  private async acquire(folder: string): Promise<Entry | undefined> {
    const kept = this.kept.get(folder);
    if (kept) {
      if (this.isInPlace(kept)) {
        this.kept.delete(folder);
        this.kept.set(folder, kept);
        kept.users++;
        return kept;
      }
      this.forget(folder);
    }
    const entry = await this.open(folder);
    if (!entry) return undefined;
    this.forget(folder);
    this.kept.set(folder, entry);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= KEPT) break;
      this.forget(oldest);
    }
    return entry;
  }

  private async open(folder: string): Promise<Entry | undefined> {
    const path = this.own(folder);
    if (!this.proc) return this.openByPath(folder, path);
    const fd = await unless(['ENOENT', 'ENOTDIR'], this.disk.open(path, OPEN.directory));
    if (fd === undefined) return undefined;
    const entry = this.entry(folder, fd, `/proc/self/fd/${fd}`);
    try {
      if (this.isInPlace(entry)) return entry;
      if (!this.disk.procLink(`/proc/self/fd/${fd}`).endsWith(' (deleted)')) throw outside();
    } catch (error) {
      await this.closeEntry(entry);
      throw error;
    }
    await this.closeEntry(entry);
    return undefined;
  }

  private async openByPath(folder: string, path: string): Promise<Entry | undefined> {
    const real = await unless(['ENOENT', 'ENOTDIR'], this.disk.realpath(path));
    if (real === undefined) return undefined;
    if (real.normalize() !== (folder === '' ? this.rootPath : path).normalize().replace(/\/$/, ''))
      throw outside();
    return this.entry(folder, -1, path);
  }

  private entry(folder: string, fd: number, base: string): Entry {
    const sync = async () => {
      if (fd >= 0) await this.disk.fsync(fd);
    };
    return { folder, fd, at: (name) => `${base}/${name}`, sync, users: 1, stale: false };
  }

  private isInPlace({ fd, folder }: Entry): boolean {
    if (!this.proc) return false;
    // The descriptor of the root is what everything else is compared with.
    if (folder === '') return true;
    const real = this.disk.procLink(`/proc/self/fd/${fd}`);
    if (real === this.pathOf(this.rootPath, folder)) return true;
    // The root itself may have been moved: its descriptor knows.
    return real === this.pathOf(this.disk.procLink(`/proc/self/fd/${this.rootFd}`), folder);
  }

  private pathOf(root: string, folder: string): string {
    return folder === '' ? root : root === '/' ? `/${folder}` : `${root}/${folder}`;
  }

  /** Makes what is missing of `folder`, from the root down; undefined when it vanished meanwhile. */
  private async make(folder: string): Promise<Entry | undefined> {
    let above = '';
    for (const name of folder.split('/')) {
      const made = await this.use(above, (parent) => this.makeIn(parent, name));
      if (made === undefined) return undefined;
      above = above === '' ? name : `${above}/${name}`;
    }
    return this.acquire(folder);
  }

  private async makeIn(parent: Directory, name: string): Promise<true> {
    try {
      await this.disk.mkdir(parent.at(name), this.options.mode);
      if (this.options.durable) await parent.sync();
    } catch (error) {
      if (errno(error) === 'ENOENT') return true;
      if (errno(error) !== 'EEXIST') throw error;
      const there = await unless(['ENOENT'], this.disk.lstat(parent.at(name)));
      if (there?.isSymbolicLink()) throw outside();
      if (there && !there.isDirectory()) {
        throw new StorageError('CONFLICT', 'A segment of the key is an object already', {
          reason: 'prefix-is-object',
        });
      }
    }
    return true;
  }

  private forget(folder: string): void {
    const entry = this.kept.get(folder);
    if (!entry) return;
    this.kept.delete(folder);
    entry.stale = true;
    if (entry.users === 0) void this.closeEntry(entry);
  }

  private release(entry: Entry): void {
    entry.users--;
    if (entry.users === 0 && (entry.stale || entry.fd < 0)) {
      if (this.kept.get(entry.folder) === entry) this.kept.delete(entry.folder);
      void this.closeEntry(entry);
    }
  }

  /** Never fails: of what was only read, nothing is lost. */
  private async closeEntry({ fd }: Entry): Promise<void> {
    if (fd >= 0) await this.disk.close(fd).catch(() => undefined);
  }
}

function outside(): StorageError {
  return new StorageError('PERMISSION_DENIED', 'A symbolic link is in the way, and none is followed', {
    reason: 'symlink',
  });
}
