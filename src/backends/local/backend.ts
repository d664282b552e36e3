import { throwIfAborted } from '../../core/abort.js';
import type { Body, ErrorClass, StorageBackend } from '../../core/backend.js';
import { assertPortable } from '../../core/check-options.js';
import { StorageError } from '../../core/error.js';
import type { ListPage, ObjectContent, ObjectInfo } from '../../core/object.js';
import type {
  CopyOptions,
  DeleteOptions,
  GetOptions,
  HeadOptions,
  ListOptions,
  PutOptions,
} from '../../core/options.js';
import { disk as realDisk, type Disk } from './disk.js';
import { classifyDiskError } from './errors.js';
import { localKeyProblem, splitKey } from './keys.js';
import { listPage } from './listing.js';
import { infoOf, Reader } from './reader.js';
import { openRoot, type Root } from './root.js';
import type { EtagMode } from './staged-file.js';
import { sweep, type SweepResult } from './sweeper.js';
import { Writer } from './writer.js';

const SWEEP_MS = 10 * 60_000;

export interface LocalBackendOptions {
  /** The directory that holds the objects, made when it is not there. It may be a symbolic link; nothing in it may. */
  readonly root: string;
  /**
   * `full` (default): what was reported as done survives a loss of power (fsync of file, metadata and directories).
   * `rename`: without fsync, several times faster; a killed process loses nothing, a loss of power may.
   */
  readonly durability?: 'full' | 'rename' | undefined;
  /** `unique` (default): a new ETag with each write. `md5`, `sha256`: that hash of the content, in hex. */
  readonly etag?: EtagMode | undefined;
  /** Permissions of new files. Default 0o600. */
  readonly fileMode?: number | undefined;
  /** Permissions of new directories. Default 0o700. */
  readonly directoryMode?: number | undefined;
  /** Milliseconds to wait for another process that writes the same key, then TIMEOUT. Default 40,000. */
  readonly lockTimeoutMs?: number | undefined;
  /** Milliseconds without a sign of life after which a process of another container is held for dead. Default 30,000. */
  readonly leaseMs?: number | undefined;
  /** Milliseconds after which a body that nobody began to read gives its file back. Default 60,000. */
  readonly unreadTimeoutMs?: number | undefined;
  /** @internal The calls of the file system, for tests that make them fail. */
  readonly disk?: Disk | undefined;
}

interface Opened {
  readonly root: Root;
  readonly reader: Reader;
  readonly writer: Writer;
}

/**
 * Objects as plain files below a directory: the key is the path, the file is the content and nothing else. Files that
 * are put there by hand are objects too. Safe for any number of processes and containers of one host on one volume;
 * not on NFS or between hosts.
 */
export class LocalBackend implements StorageBackend {
  readonly kind = 'local';
  private readonly disk: Disk;
  private opening: Promise<Opened> | undefined;
  private sweeping: NodeJS.Timeout | undefined;

  constructor(private readonly options: LocalBackendOptions) {
    this.disk = options.disk ?? realDisk;
  }

  async put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    assertPortable(this.kind, options);
    const { writer } = await this.openToWrite();
    throwIfAborted(options.signal);
    return writer.put(key, body, options);
  }

  async get(key: string, options: GetOptions): Promise<ObjectContent> {
    assertPortable(this.kind, options);
    const { reader } = await this.open();
    return reader.get(key, options);
  }

  async head(key: string, options: HeadOptions): Promise<ObjectInfo> {
    assertPortable(this.kind, options);
    const { reader } = await this.open();
    return infoOf(key, await reader.head(key));
  }

  async delete(key: string, options: DeleteOptions): Promise<void> {
    assertPortable(this.kind, options);
    const { writer } = await this.openToWrite();
    await writer.delete(key, options);
  }

  async list(options: ListOptions): Promise<ListPage> {
    const { root, reader } = await this.open();
    return listPage(this.disk, root, options, (key) => this.describe(root, reader, key));
  }

  async copy(from: string, to: string, options: CopyOptions): Promise<ObjectInfo> {
    assertPortable(this.kind, options);
    const { writer } = await this.openToWrite();
    return writer.copy(from, to, options);
  }

  errorCode(error: unknown): ErrorClass {
    return classifyDiskError(error);
  }

  keyProblem(key: string): string | undefined {
    return localKeyProblem(key);
  }

  /**
   * Removes what processes that were killed have left behind. It runs by itself when the backend opens and every ten
   * minutes; it never touches what a living process is at.
   */
  async sweep(): Promise<SweepResult> {
    const { root, writer } = await this.openToWrite();
    return sweep(root, writer);
  }

  async close(): Promise<void> {
    clearTimeout(this.sweeping);
    const opened = await this.opening?.catch(() => undefined);
    this.opening = undefined;
    if (!opened) return;
    await opened.root.leftovers.sweep();
    await opened.root.owner.close();
    await opened.root.directories.close();
  }

  private open(): Promise<Opened> {
    this.opening ??= this.openRoot().catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  private async openToWrite(): Promise<Opened> {
    const opened = await this.open();
    if (opened.root.readOnly !== undefined) throw opened.root.readOnly;
    return opened;
  }

  private async openRoot(): Promise<Opened> {
    const { options, disk } = this;
    const durable = (options.durability ?? 'full') === 'full';
    const directoryMode = options.directoryMode ?? 0o700;
    const root = await openRoot(disk, {
      root: options.root,
      durable,
      directoryMode,
      leaseMs: options.leaseMs ?? 30_000,
      lockTimeoutMs: options.lockTimeoutMs ?? 40_000,
    });
    const reader = new Reader(disk, root, options.unreadTimeoutMs ?? 60_000);
    const etag = options.etag ?? 'unique';
    const writer = new Writer(disk, root, reader, { mode: options.fileMode ?? 0o600, durable, etag });
    if (root.readOnly === undefined) this.sweepLater(0, options.leaseMs ?? 30_000);
    return { root, reader, writer };
  }

  private sweepLater(ms: number, leaseMs: number): void {
    this.sweeping = setTimeout(() => {
      void this.sweep()
        .then(({ otherOwners }) => (otherOwners > 0 ? leaseMs : SWEEP_MS))
        .catch(() => SWEEP_MS)
        .then((next) => this.opening && this.sweepLater(next, leaseMs));
    }, ms).unref();
  }

  /** What a list shows; undefined for a file that has vanished since. A usual ETag needs no look at the metadata. */
  private async describe(root: Root, reader: Reader, key: string): Promise<ObjectInfo | undefined> {
    const byContent = this.options.etag !== undefined && this.options.etag !== 'unique';
    const { folder, name } = splitKey(key);
    try {
      const found = byContent ? await reader.head(key) : undefined;
      const version =
        found?.version ?? (await root.directories.use(folder, (directory) => reader.stat(directory, name)));
      if (!version) return undefined;
      const { size, lastModified, etag } = infoOf(key, { version, kept: found?.kept ?? {} });
      return { key, size, lastModified, etag };
    } catch (error) {
      if (StorageError.is(error, 'NOT_FOUND', 'PERMISSION_DENIED')) return undefined;
      throw error;
    }
  }
}
