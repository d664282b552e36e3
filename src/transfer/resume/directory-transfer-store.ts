import { link, mkdir, open, readdir, stat, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { classifyDiskError } from '../../core/disk-error.js';
import { errno } from '../../core/errno.js';
import { StorageError } from '../../core/error.js';
import { identify, isAlive, newOwnerId, parseOwnerId } from '../../core/process-identity.js';
import { proc } from '../../core/proc.js';
import { readRecordFile } from './read-record-file.js';
import type { ListedTransfer, StoredTransfer, TransferStore } from './transfer-store.js';

const ID = /^[a-z0-9][a-z0-9-]{0,63}$/;
const FILE = /^([a-z0-9][a-z0-9-]{0,63})\.([1-9]\d{0,14})\.json$/;
const TEMPORARY = /^([0-9a-f]*-\d*-\d+-\d*-[0-9a-f]{10})\.tmp$/;
/** After which a temporary file is nobody's, where it cannot be known whether its process lives. */
const ABANDONED_MS = 3_600_000;
/** How often a record is looked for again that was replaced between its name and its content. */
const LOOKS = 20;

/**
 * Records in a directory, one file for each: `<id>.<version>.json`, mode 0600. It is made when it is first needed, with
 * mode 0700. Any number of processes of one host may share it; it needs a file system with hard links, so a local one.
 *
 * A new version is written to a temporary file, fsynced, and linked to its name, which only one process can do; then the
 * directory is fsynced and the version before removed. So a record is there whole, before and after a crash.
 *
 * Every method throws StorageError: NO_SPACE, PERMISSION_DENIED and what else a disk answers.
 */
export class DirectoryTransferStore implements TransferStore {
  readonly path: string;

  /** @throws StorageError INVALID_ARGUMENT for a path that is no text. */
  constructor(path: string) {
    if (typeof path !== 'string' || path === '' || path.includes('\0'))
      throw new StorageError('INVALID_ARGUMENT', 'A directory of transfers is the path of one', {
        reason: 'path',
      });
    this.path = resolve(path);
  }

  async get(id: string): Promise<StoredTransfer | undefined> {
    assertId(id);
    return this.guard(async () => {
      for (let look = 0; look < LOOKS; look++) {
        // An older one that is there too is left to whoever writes the next: he may just now look whether it still is.
        const newest = (await this.versions(id)).at(-1);
        if (newest === undefined) return undefined;
        const bytes = await unlessMissing(readRecordFile(this.file(id, newest)));
        if (bytes) return { bytes, version: String(newest) };
      }
      throw new StorageError('UNAVAILABLE', `The record ${id} is replaced faster than it can be read`, {
        reason: 'record',
      });
    });
  }

  async put(id: string, bytes: Uint8Array, expected: string | undefined): Promise<string> {
    assertId(id);
    const before = expected === undefined ? 0 : Number(expected);
    return this.guard(async () => {
      await mkdir(this.path, { recursive: true, mode: 0o700 });
      if (before === 0 && (await this.versions(id)).length > 0) throw replaced(id);
      const temporary = join(this.path, `${newOwnerId(identify(proc))}.tmp`);
      let older: readonly number[];
      try {
        await this.write(temporary, bytes);
        older = await this.succeed(id, temporary, before);
      } finally {
        await unlessMissing(unlink(temporary));
      }
      // In the order of their age: of a version that is left, those before it are gone.
      for (const version of older) await this.remove(id, version);
      return String(before + 1);
    });
  }

  async delete(id: string): Promise<void> {
    assertId(id);
    await this.guard(async () => {
      const versions = await this.versions(id);
      for (const version of versions) await this.remove(id, version);
      if (versions.length > 0) await this.sync();
    });
  }

  async list(): Promise<readonly string[]> {
    return [...(await this.guard(() => this.newest())).keys()];
  }

  /** Reads the names in the directory once, where `get` does so for each record. */
  async *all(): AsyncGenerator<ListedTransfer, void, undefined> {
    for (const [id, version] of await this.guard(() => this.newest())) {
      const bytes = await this.guard(() => unlessMissing(readRecordFile(this.file(id, version))));
      // It was replaced meanwhile, or removed.
      const stored = bytes ? { bytes, version: String(version) } : await this.get(id);
      if (stored) yield { id, ...stored };
    }
  }

  /** Removes the temporary files of processes that have ended. */
  async tidy(): Promise<number> {
    return this.guard(async () => {
      let removed = 0;
      const self = identify(proc);
      for (const name of await this.names()) {
        const owner = parseOwnerId(TEMPORARY.exec(name)?.[1] ?? '');
        if (!owner) continue;
        const path = join(this.path, name);
        const alive = isAlive(proc, owner, self);
        const stats = alive === 'unknown' ? await unlessMissing(stat(path)) : undefined;
        if (alive === true || (stats && Date.now() - stats.mtimeMs < ABANDONED_MS)) continue;
        await unlessMissing(unlink(path));
        removed++;
      }
      return removed;
    });
  }

  private async write(path: string, bytes: Uint8Array): Promise<void> {
    const handle = await open(path, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  /** Makes the file at `temporary` the version after `before`, and gives those that it replaces, the oldest first. */
  private async succeed(id: string, temporary: string, before: number): Promise<readonly number[]> {
    if (before > 0 && !(await this.has(id, before))) throw replaced(id);
    const name = this.file(id, before + 1);
    try {
      await link(temporary, name);
    } catch (error) {
      throw errno(error) === 'EEXIST' ? replaced(id) : error;
    }
    // The name was free also when others had taken it and gone on: then the version before it is gone, or a later one is there.
    const versions = await this.versions(id);
    const older = versions.filter((version) => version <= before);
    if (versions.at(-1) !== before + 1 || (before > 0 && older.at(-1) !== before)) {
      await unlessMissing(unlink(name));
      throw replaced(id);
    }
    await this.sync();
    return older;
  }

  private async has(id: string, version: number): Promise<boolean> {
    return (await unlessMissing(stat(this.file(id, version)))) !== undefined;
  }

  /** The versions of a record that are there, the oldest first: more than one only after a crash, or for a moment. */
  private async versions(id: string): Promise<number[]> {
    return (await this.names())
      .flatMap((name) => {
        const [, of, version] = FILE.exec(name) ?? [];
        return of === id ? [Number(version)] : [];
      })
      .sort((a, b) => a - b);
  }

  /** The newest version of each record. */
  private async newest(): Promise<ReadonlyMap<string, number>> {
    const newest = new Map<string, number>();
    for (const name of await this.names()) {
      const [, id, version] = FILE.exec(name) ?? [];
      if (id !== undefined) newest.set(id, Math.max(newest.get(id) ?? 0, Number(version)));
    }
    return newest;
  }

  /** @internal Of all files in the directory. */
  protected async names(): Promise<readonly string[]> {
    return (await unlessMissing(readdir(this.path))) ?? [];
  }

  private async remove(id: string, version: number): Promise<void> {
    await unlessMissing(unlink(this.file(id, version)));
  }

  private async sync(): Promise<void> {
    // Windows opens no directories.
    if (process.platform === 'win32') return;
    const handle = await open(this.path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  private file(id: string, version: number): string {
    return join(this.path, `${id}.${version}.json`);
  }

  private async guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (StorageError.is(error)) throw error;
      const { code, reason } = classifyDiskError(error);
      const what = `The directory of transfers ${this.path}: ${errno(error) ?? String(error)}`;
      throw new StorageError(code, what, { reason, cause: error });
    }
  }
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (errno(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function assertId(id: unknown): asserts id is string {
  if (typeof id === 'string' && ID.test(id)) return;
  throw new StorageError(
    'INVALID_ARGUMENT',
    'The id of a record has lower-case letters, digits and hyphens, at most 64',
    { reason: 'id' },
  );
}

function replaced(id: string): StorageError {
  return new StorageError('CONFLICT', `Somebody else has written the record ${id}`, { reason: 'version' });
}
