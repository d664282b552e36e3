import { StorageError } from '../../core/error.js';
import type { Directory } from './directories.js';
import { errno } from '../../core/errno.js';
import { NO_LINKS, unless, type Disk } from './disk.js';
import { keyHash, type Kept } from './metadata.js';
import { lockLost } from './owner.js';
import type { Root } from './root.js';
import type { StagedFile } from './staged-file.js';
import { outcomeUnknown, syncDirectory } from './sync-directory.js';
import { sameVersion, versionName, versionOf, type Version } from './version.js';

/**
 * The way of one staged file into the tree. Its metadata goes first, then a single rename (or link) makes the content
 * visible; whatever fails before leaves everything as it was.
 */
export class Commit {
  done = false;
  private readonly hash: string;
  private sealed: Version | undefined;
  /** The temporary file of the metadata, from the first attempt to write it on. */
  private stagedMetadata: string | undefined;
  /** From the first attempt to put the metadata in its place on. */
  private placed = false;

  constructor(
    private readonly disk: Disk,
    private readonly root: Root,
    private readonly owner: string,
    private readonly key: string,
    private readonly staged: StagedFile,
    private readonly durable: boolean,
  ) {
    this.hash = keyHash(key);
  }

  get version(): Version {
    if (!this.sealed) throw new Error('Nothing was sealed yet');
    return this.sealed;
  }

  /** Before the lock is taken: all that is slow. */
  async prepare(kept: Kept, after?: Version): Promise<void> {
    this.sealed = await this.staged.seal(after);
    if (this.stagedMetadata !== undefined) return;
    this.stagedMetadata = this.root.owner.temporary(this.owner);
    await this.root.metadata.stage(this.stagedMetadata, this.key, this.sealed, kept);
  }

  /** Makes sure that our version comes after `before`: a writer that began later may have been first. */
  async follow(before: Version | undefined, kept: Kept): Promise<void> {
    if (!before || before.mtime < this.version.mtime) return;
    // Metadata that is not in its place yet does not tell of the time.
    if (this.placed) await this.withdraw();
    await this.prepare(kept, before);
  }

  /** Puts the metadata where readers look for it, once the version is settled. */
  async place(): Promise<void> {
    if (this.placed || this.stagedMetadata === undefined) return;
    this.placed = true;
    await this.root.metadata.commit(this.stagedMetadata, this.hash, this.version);
  }

  /** Makes the content visible as `name`; false when the directory has vanished meanwhile. */
  async into(
    directory: Directory,
    name: string,
    before: Version | undefined,
    create: boolean,
  ): Promise<boolean> {
    await this.staged.close();
    await this.place();
    try {
      await this.show(directory.at(name), create);
    } catch (error) {
      if (!(await this.isShown(directory.at(name)))) {
        if (create && errno(error) === 'EEXIST') throw new StorageError('ALREADY_EXISTS', 'The key is taken');
        if (errno(error) !== 'ENOENT') throw error;
        if (await this.root.owner.isFenced(this.owner)) throw lockLost(error);
        return false;
      }
    }
    this.done = true;
    try {
      if (this.durable) await syncDirectory(directory);
    } finally {
      // Only now: a loss of power before would have brought the old content back, without its metadata. Where the file
      // system knows no later time, both have one name, and the metadata has been replaced.
      if (before && versionName(before) !== versionName(this.version))
        await this.root.leftovers.remove(() => this.root.metadata.remove(this.hash, before));
    }
    return true;
  }

  /** Leaves nothing of a commit that did not come about. */
  async end(): Promise<void> {
    if (!this.done) await this.withdraw();
    await this.staged.discard(this.root.leftovers);
  }

  private async show(path: string, create: boolean): Promise<void> {
    if (create) {
      // Without links the lock alone has to keep others out.
      const linked = await unless(
        NO_LINKS,
        this.disk.link(this.staged.path, path).then(() => true),
      );
      if (linked) return;
    }
    await this.disk.rename(this.staged.path, path);
    this.staged.moved = true;
  }

  /** An error of a rename need not mean that it did not happen. */
  private async isShown(path: string): Promise<boolean> {
    try {
      return sameVersion(versionOf(await this.disk.lstat(path)), this.version);
    } catch (cause) {
      if (errno(cause) === 'ENOENT') return false;
      // The metadata stays, whichever it is, until a sweep can see what there is.
      this.done = true;
      this.root.locks.leaveToSweep(this.hash);
      throw outcomeUnknown('The disk does not tell whether it was done', cause);
    }
  }

  private async withdraw(): Promise<void> {
    const { sealed, placed, stagedMetadata: path } = this;
    this.placed = false;
    this.stagedMetadata = undefined;
    const { leftovers, metadata } = this.root;
    // Both: a rename that reports an error may have happened or not.
    if (path !== undefined) await leftovers.remove(() => this.disk.unlink(path));
    if (placed && sealed) await leftovers.remove(() => metadata.remove(this.hash, sealed));
  }
}
