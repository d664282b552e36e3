import { throwIfAborted } from '../../core/abort.js';
import type { Body } from '../../core/backend.js';
import { checkRead, checkWrite } from '../../core/conditions.js';
import { StorageError } from '../../core/error.js';
import type { ObjectInfo } from '../../core/object.js';
import type { CopyOptions, DeleteOptions, PutOptions } from '../../core/options.js';
import { Commit } from './commit.js';
import type { Directory } from './directories.js';
import { errno } from '../../core/errno.js';
import { ProgressMeter } from '../../core/progress-meter.js';
import { COPY_NEW, unless, type Disk } from './disk.js';
import { assertOwnName } from './folding.js';
import type { HeldLock } from './key-lock.js';
import { splitKey } from './keys.js';
import { keptOf } from './kept-of.js';
import { keyHash, type Kept } from './metadata.js';
import { lockLost } from './owner.js';
import { infoOf, type Reader } from './reader.js';
import type { Root } from './root.js';
import { StagedFile, type StagedFileOptions } from './staged-file.js';
import { outcomeUnknown, syncDirectory } from './sync-directory.js';
import { versionEtag, type Version } from './version.js';

type Conditions = Pick<PutOptions, 'ifAbsent' | 'ifMatch' | 'signal'>;

/** What an object is made with, and on which conditions. */
type StoreOptions = PutOptions & {
  /** The upload in parts that it comes of. */
  readonly upload?: string;
};

interface WriteSteps {
  /** Puts the content at a path at once, where that is possible. */
  readonly adopt?: (path: string) => Promise<boolean>;
  readonly fill: (staged: StagedFile) => Promise<void>;
  /** Under the lock of the key, before anything is changed: it may refuse. */
  readonly before?: () => Promise<void>;
  /** Under the lock, once it is done: it never fails. */
  readonly after?: (owner: string) => Promise<void>;
}

/** A key, and the file that it is in an open directory. */
interface Place {
  readonly key: string;
  readonly directory: Directory;
  readonly name: string;
}

/** Changes the objects of a root: stages new content beside the tree, then commits it under the lock of its key. */
export class Writer {
  constructor(
    private readonly disk: Disk,
    private readonly root: Root,
    private readonly reader: Reader,
    private readonly options: StagedFileOptions,
  ) {}

  async put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    const { signal, size, onProgress } = options;
    // Its end is told by whoever asked for it.
    const meter = onProgress && new ProgressMeter(onProgress, size);
    const written = meter && ((bytes: number) => meter.add(bytes));
    return this.store(key, options, { fill: (staged) => staged.write(body, { signal, size }, written) });
  }

  /** Makes an object of what `steps.fill` writes. */
  async store(key: string, options: StoreOptions, steps: WriteSteps): Promise<ObjectInfo> {
    const { ifAbsent, ifMatch, upload } = options;
    // A write that cannot succeed should not cost the upload. The lock decides later; this only refuses early.
    if (ifAbsent || ifMatch !== undefined) checkWrite(options, await this.etagAt(key, ifMatch !== undefined));
    return this.root.owner.run(async (owner) => {
      const path = this.root.owner.temporary(owner);
      const staged = await this.stage(path, steps).catch(async (error: unknown) => {
        // It may have happened all the same.
        await this.root.leftovers.remove(() => this.disk.unlink(path));
        throw error;
      });
      const fill = async () => {
        await steps.fill(staged);
        return { ...keptOf(options), checksum: staged.checksum, etag: staged.contentEtag(), upload };
      };
      return this.commit(key, owner, staged, options, { ...steps, fill });
    });
  }

  async copy(
    from: string,
    to: string,
    { signal, ifMatch, ifAbsent, replace }: CopyOptions,
  ): Promise<ObjectInfo> {
    return this.root.owner.run(async (owner) => {
      const path = this.root.owner.temporary(owner);
      const staged = StagedFile.adopt(this.disk, path, this.options);
      const fill = async () => {
        const { fd, found } = await this.reader.open(from);
        try {
          checkRead({ ifMatch }, infoOf(from, found).etag);
          await this.disk.copyFile(this.root.directories.source(fd, from), path, COPY_NEW);
        } finally {
          this.disk.closeRead(fd);
        }
        // The copy came of no upload.
        return { ...found.kept, ...(replace && keptOf(replace)), upload: undefined };
      };
      return this.commit(to, owner, staged, { signal, ifAbsent }, { fill });
    });
  }

  async delete(key: string, options: DeleteOptions): Promise<void> {
    await this.locked(key, options.signal, async ({ owner }) => {
      const found = await this.at(key, async (place) => {
        const before = await this.check(place, options, await this.reader.stat(place.directory, place.name));
        throwIfAborted(options.signal);
        if (before) await this.remove(place, before, owner);
        return true;
      });
      if (!found) checkWrite(options, undefined);
    });
  }

  /**
   * Ends what a dead owner left half done: metadata of content that was never committed or is no more, empty folders, an
   * upload that has become the object.
   */
  async recover(hash: string, owner: string): Promise<void> {
    const { directories, leftovers, metadata, uploads } = this.root;
    const current = async (key: string) => {
      const version = await this.at(key, ({ directory, name }) => this.reader.stat(directory, name));
      if (!version) await directories.prune(splitKey(key).folder);
      const upload = version && (await metadata.read(hash, version))?.kept.upload;
      if (upload !== undefined) await uploads.remove(upload, owner);
      return version;
    };
    await metadata.tidy(hash, current, async (path) => {
      const away = this.root.owner.temporary(owner);
      // Through our folder: once we are held for dead, what lies there may belong to the content of a successor.
      await this.takeAway(path, away, owner);
      await leftovers.remove(() => this.disk.unlink(away));
    });
  }

  private async stage(path: string, { adopt }: WriteSteps): Promise<StagedFile> {
    return (await adopt?.(path))
      ? StagedFile.adopt(this.disk, path, this.options)
      : StagedFile.create(this.disk, path, this.options);
  }

  private async commit(
    key: string,
    owner: string,
    staged: StagedFile,
    conditions: Conditions,
    { fill, before, after }: Pick<WriteSteps, 'before' | 'after'> & { readonly fill: () => Promise<Kept> },
  ): Promise<ObjectInfo> {
    const { folder } = splitKey(key);
    const commit = new Commit(this.disk, this.root, owner, key, staged, this.options.durable);
    try {
      const kept = await fill();
      await commit.prepare(kept);
      await this.locked(key, conditions.signal, async (lock) => {
        if (lock.owner !== owner) throw lockLost();
        await before?.();
        try {
          // The directory may be removed, empty, between its opening and the commit: then it is made anew.
          while (!(await this.commitOnce(key, commit, conditions, kept)));
        } catch (error) {
          if (!commit.done) await this.root.leftovers.remove(() => this.root.directories.prune(folder));
          throw error;
        }
        await after?.(owner);
      });
      return infoOf(key, { version: commit.version, kept });
    } finally {
      await commit.end();
    }
  }

  private async commitOnce(
    key: string,
    commit: Commit,
    conditions: Conditions,
    kept: Kept,
  ): Promise<boolean> {
    const { directories, folding } = this.root;
    const { folder, name } = splitKey(key);
    if (folding) await assertOwnName(this.disk, directories, folding, key);
    const work = async (directory: Directory) => {
      const place = { key, directory, name };
      const before = await this.replaceable(place, conditions);
      await commit.follow(before, kept);
      throwIfAborted(conditions.signal);
      return commit.into(directory, name, before, conditions.ifAbsent === true);
    };
    return directories.ensure(folder, work, async () => {
      checkWrite(conditions, undefined);
      // Before there is a folder: it tells whoever takes over from us that the folder may have to go again.
      await commit.place();
    });
  }

  /** What is there to be replaced, once the conditions hold for it. @throws StorageError CONFLICT for a folder of others. */
  private async replaceable(place: Place, conditions: Conditions): Promise<Version | undefined> {
    const { directory, name } = place;
    const stats = await unless(['ENOENT'], this.disk.lstat(directory.at(name)));
    if (stats?.isDirectory()) {
      if (!(await this.root.directories.removeIfEmpty(place.key)))
        throw new StorageError('CONFLICT', 'The key is a prefix of other objects', {
          reason: 'key-is-prefix',
        });
    }
    return this.check(place, conditions, this.reader.versionOf(stats));
  }

  /** `version`, once the conditions hold for it. */
  private async check(
    place: Place,
    conditions: Conditions,
    version: Version | undefined,
  ): Promise<Version | undefined> {
    checkWrite(conditions, version && (await this.etagOf(place, version, conditions.ifMatch !== undefined)));
    return version;
  }

  private async etagAt(key: string, exact: boolean): Promise<string | undefined> {
    return this.at(key, async (place) => {
      const version = await this.reader.stat(place.directory, place.name);
      return version && this.etagOf(place, version, exact);
    });
  }

  private async etagOf({ key, directory, name }: Place, version: Version, exact: boolean): Promise<string> {
    const byContent = exact && this.options.etag !== 'unique';
    const kept = byContent ? await this.reader.keptOf(key, version, directory, name) : undefined;
    return kept?.etag ?? versionEtag(version);
  }

  private async remove({ key, directory, name }: Place, before: Version, owner: string): Promise<void> {
    const { directories, leftovers, metadata } = this.root;
    const away = this.root.owner.temporary(owner);
    const taken = this.takeAway(directory.at(name), away, owner).catch((error: unknown) => {
      this.root.locks.leaveToSweep(keyHash(key));
      throw error;
    });
    if (!(await taken)) return;
    try {
      if (this.options.durable) await syncDirectory(directory);
    } finally {
      await leftovers.remove(() => this.disk.unlink(away));
      await leftovers.remove(() => directories.prune(splitKey(key).folder));
      // Last: it tells whoever takes over from us of which key there is something to be put in order.
      await leftovers.remove(() => metadata.remove(keyHash(key), before));
    }
  }

  /** Moves a file into our folder, in one step, so that an owner held for dead can no longer do it. */
  private async takeAway(path: string, away: string, owner: string): Promise<boolean> {
    try {
      await this.disk.rename(path, away);
      return true;
    } catch (error) {
      if (errno(error) === 'ENOENT') {
        if (await this.root.owner.isFenced(owner)) throw lockLost(error);
        return false;
      }
      // An error need not mean that it did not happen.
      const happened = unless(['ENOENT'], this.disk.lstat(away)).catch(async (cause: unknown) => {
        await this.root.leftovers.remove(() => this.disk.unlink(away));
        throw outcomeUnknown('The disk does not tell whether it was done', cause);
      });
      if (await happened) return true;
      throw error;
    }
  }

  /** Runs `work` while no other writer is at `key`, nor at one that the file system takes for it, after what a dead one left. */
  async locked<T>(
    key: string,
    signal: AbortSignal | undefined,
    work: (lock: HeldLock) => Promise<T>,
  ): Promise<T> {
    const { folding, locks } = this.root;
    const [hash, folded] = [keyHash(key), keyHash(folding?.fold(key) ?? key)];
    const run = () =>
      locks.run(hash, signal, async (lock) => {
        if (lock.takenOver) await this.recover(hash, lock.owner);
        return work(lock);
      });
    return folded === hash ? run() : locks.run(folded, signal, run);
  }

  /** Runs `work` where `key` is; undefined when its directory is missing. */
  private async at<T>(key: string, work: (place: Place) => Promise<T>): Promise<T | undefined> {
    const { directories, folding } = this.root;
    const { folder, name } = splitKey(key);
    if (folding) await assertOwnName(this.disk, directories, folding, key);
    return directories.use(folder, (directory) => work({ key, directory, name }));
  }
}
