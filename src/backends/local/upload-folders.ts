import { randomBytes } from 'node:crypto';
import { errno } from '../../core/errno.js';
import type { Directories, Directory } from './directories.js';
import { OPEN, unless, type Disk } from './disk.js';
import type { keptOf } from './kept-of.js';
import { RESERVED } from './keys.js';
import type { Leftovers } from './leftovers.js';
import { lockLost, type Owner } from './owner.js';
import { readFile } from './read-file.js';
import { syncDirectory } from './sync-directory.js';
import { writeFile } from './write-file.js';

/** The folder of all uploads' folders, below the root. */
const UPLOADS = `${RESERVED}/uploads`;
const RECORD = 'upload';
/** Ids come from outside: nothing else is ever made part of a path. */
const ID = /^[0-9a-f]{32}$/;

/** What an upload was begun with. */
export interface UploadRecord {
  readonly v: 1;
  readonly key: string;
  readonly initiated: string;
  readonly kept: ReturnType<typeof keptOf>;
}

/**
 * Uploads in parts: a folder `.stowage/uploads/<id>` for each, with its record and a file for each part. It is nobody's, so
 * that any process can go on with it when the one that has begun it is no more. It comes into its place, and goes from there,
 * by one rename out of the folder of an owner or into it.
 */
export class UploadFolders {
  constructor(
    private readonly disk: Disk,
    private readonly directories: Directories,
    private readonly owner: Owner,
    private readonly leftovers: Leftovers,
    private readonly options: { readonly mode: number; readonly durable: boolean },
  ) {}

  /** Makes the folder of a new upload, and gives its id. */
  async make(owner: string, record: UploadRecord): Promise<string> {
    const { disk, leftovers } = this;
    const { mode, durable } = this.options;
    const id = randomBytes(16).toString('hex');
    const path = this.owner.temporary(owner);
    try {
      await disk.mkdir(path, mode);
      await writeFile(disk, `${path}/${RECORD}`, Buffer.from(JSON.stringify(record)), durable);
      if (durable) await this.sync(path);
      await this.directories.ensure(UPLOADS, async (directory) => {
        await disk.rename(path, directory.at(id));
        if (durable) await directory.sync();
      });
      return id;
    } catch (error) {
      // An error need not mean that it did not happen, and nobody else would ever learn of the id.
      await leftovers.remove(() => disk.removeAll(path));
      await leftovers.remove(() => this.remove(id, owner));
      throw error;
    }
  }

  /** Runs `work` in the folder of the upload `id`; undefined when there is none. */
  async use<T>(id: string, work: (directory: Directory) => Promise<T>): Promise<T | undefined> {
    return ID.test(id) ? this.directories.use(`${UPLOADS}/${id}`, work) : undefined;
  }

  /** What the upload `id` was begun with; undefined when there is none. */
  async read(id: string): Promise<UploadRecord | undefined> {
    return this.use(id, async (directory) => parse(await readFile(this.disk, directory, RECORD)));
  }

  /** The ids of all uploads, in their order. */
  async ids(): Promise<readonly string[]> {
    const entries = await this.directories.use(UPLOADS, (directory) => this.disk.readdir(directory.at('.')));
    const folders = (entries ?? []).filter((entry) => entry.isDirectory() && ID.test(entry.name));
    return folders.map(({ name }) => name).sort();
  }

  /** Ends the upload `id` in one step. What it was is at the path that it gives, for `discard`; undefined when there is none. */
  async takeAway(id: string, owner: string): Promise<string | undefined> {
    if (!ID.test(id)) return undefined;
    const away = this.owner.temporary(owner);
    return this.directories.use(UPLOADS, async (directory) => {
      try {
        await this.disk.rename(directory.at(id), away);
      } catch (error) {
        if (errno(error) === 'ENOENT') {
          if (await this.owner.isFenced(owner)) throw lockLost(error);
          return undefined;
        }
        // It may have happened all the same.
        if (await unless(['ENOENT'], this.disk.lstat(directory.at(id)))) throw error;
      }
      try {
        if (this.options.durable) await syncDirectory(directory);
      } catch (error) {
        await this.discard(away);
        throw error;
      }
      return away;
    });
  }

  /** Removes what was taken away. */
  async discard(away: string | undefined): Promise<void> {
    if (away !== undefined) await this.leftovers.remove(() => this.disk.removeAll(away));
  }

  async remove(id: string, owner: string): Promise<void> {
    await this.discard(await this.takeAway(id, owner));
  }

  /** Removes what can be no upload any more: power was lost before its record was on the disk. */
  async sweep(owner: string): Promise<void> {
    for (const id of await this.ids()) {
      const torn = await this.use(id, async (directory) =>
        isTorn(await readFile(this.disk, directory, RECORD)),
      );
      if (torn) await this.remove(id, owner);
    }
  }

  private async sync(folder: string): Promise<void> {
    if (process.platform === 'win32') return;
    const fd = await this.disk.open(folder, OPEN.directory);
    try {
      await this.disk.fsync(fd);
    } finally {
      this.disk.closeRead(fd);
    }
  }
}

function parse(bytes: Buffer | undefined): UploadRecord | undefined {
  if (!bytes || isTorn(bytes)) return undefined;
  const record = JSON.parse(bytes.toString()) as Partial<UploadRecord>;
  const { v, key, initiated, kept } = record;
  const whole = v === 1 && typeof key === 'string' && typeof initiated === 'string';
  return whole && typeof kept === 'object' ? (record as UploadRecord) : undefined;
}

/** Not so when a later version of this package has written it. */
function isTorn(bytes: Buffer | undefined): boolean {
  try {
    const record: unknown = JSON.parse(bytes?.toString() ?? '');
    return typeof record !== 'object' || record === null;
  } catch {
    return true;
  }
}
