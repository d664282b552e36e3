import { resolve } from 'node:path';
import { throwIfAborted } from '../../core/abort.js';
import type { Body, ErrorClass, StorageBackend } from '../../core/backend.js';
import type { CapabilityType } from '../../core/capability.js';
import { StorageError } from '../../core/error.js';
import { MultipartUploads } from '../../core/multipart-uploads.js';
import type { ListPage, ObjectContent, ObjectInfo } from '../../core/object.js';
import type {
  CopyOptions,
  DeleteOptions,
  GetOptions,
  HeadOptions,
  ListOptions,
  PutOptions,
} from '../../core/options.js';
import { Presigning } from '../../core/presigning.js';
import { SignedRequests } from '../../core/signed-requests.js';
import { checkLocalOptions } from './check-options.js';
import { disk as realDisk, type Disk } from './disk.js';
import { classifyDiskError } from '../../core/disk-error.js';
import { localKeyProblem, splitKey } from './keys.js';
import { listPage } from './listing.js';
import { LocalSigner } from './presigning.js';
import { LocalMultipart } from './multipart.js';
import { infoOf, Reader } from './reader.js';
import { openRoot, type Root } from './root.js';
import type { EtagMode } from './staged-file.js';
import { Session } from './session.js';
import { LocalSignedRequests } from './signed-requests.js';
import type { LocalSigningOptions } from './signing-options.js';
import type { SweepResult } from './sweeper.js';
import { Uploads } from './uploads.js';
import { Writer } from './writer.js';

const SWEEP_MS = 10 * 60_000;
const SIGNING_HINT =
  'set STORAGE_SIGNING_SECRET and STORAGE_PUBLIC_URL, or pass signing: { secret, baseUrl, storage } to LocalBackend';

/** Where and how objects are kept on disk. */
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
  /** Lets the backend sign URLs, which StorageHttpModule serves. Default: it signs none. */
  readonly signing?: LocalSigningOptions | undefined;
  /** Milliseconds after which a body that nobody began to read gives its file back. Default 60,000. */
  readonly unreadTimeoutMs?: number | undefined;
  /** @internal The calls of the file system, for tests that make them fail. */
  readonly disk?: Disk | undefined;
}

/**
 * Objects as plain files below a directory: the key is the path, the file is the content and nothing else. Files that
 * are put there by hand are objects too. Safe for any number of processes and containers of one host on one volume;
 * not on NFS or between hosts.
 */
export class LocalBackend implements StorageBackend {
  readonly kind = 'local';
  private readonly disk: Disk;
  private opening: Promise<Session> | undefined;
  private session: Session | undefined;
  private sweeping: NodeJS.Timeout | undefined;
  private closed = false;
  private readonly capabilities: readonly object[];

  /** @throws StorageError INVALID_ARGUMENT (reason `config`) for an option that is none. */
  /** Private to the language, so that no log shows the secret. */
  readonly #options: LocalBackendOptions;

  constructor(options: LocalBackendOptions) {
    this.#options = options;
    checkLocalOptions(options);
    this.disk = options.disk ?? realDisk;
    const { signing } = options;
    const multipart = new LocalMultipart(
      (work) => this.read(work),
      (work) => this.write(work),
    );
    this.capabilities = [
      new MultipartUploads(multipart),
      ...(signing ? [new Presigning(new LocalSigner(signing)), new LocalSignedRequests(signing)] : []),
    ];
  }

  get place(): string {
    return resolve(this.#options.root);
  }

  async put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    return this.write(({ writer }) => {
      throwIfAborted(options.signal);
      return writer.put(key, body, options);
    });
  }

  async get(key: string, options: GetOptions): Promise<ObjectContent> {
    return this.read(({ reader }) => reader.get(key, options));
  }

  async head(key: string, _options: HeadOptions): Promise<ObjectInfo> {
    return this.read(async ({ reader }) => infoOf(key, await reader.head(key)));
  }

  async delete(key: string, options: DeleteOptions): Promise<void> {
    await this.write(({ writer }) => writer.delete(key, options));
  }

  async list(options: ListOptions): Promise<ListPage> {
    return this.read(async ({ root, reader }) => {
      const page = await listPage(root.disk, root, options, (key) => this.describe(root, reader, key));
      // A directory that was deleted reads as an empty one.
      if (root.directories.isGone()) throw rootGone();
      return page;
    });
  }

  async copy(from: string, to: string, options: CopyOptions): Promise<ObjectInfo> {
    return this.write(({ writer }) => writer.copy(from, to, options));
  }

  isSamePlace(other: StorageBackend): boolean {
    return other instanceof LocalBackend && resolve(other.#options.root) === resolve(this.#options.root);
  }

  errorCode(error: unknown): ErrorClass {
    return classifyDiskError(error);
  }

  keyProblem(key: string): string | undefined {
    return localKeyProblem(key);
  }

  capability<T extends object>(type: CapabilityType<T>): T | undefined {
    return this.capabilities.find((one): one is T => one instanceof type);
  }

  capabilityHint(type: CapabilityType): string | undefined {
    return type === Presigning || type === SignedRequests ? SIGNING_HINT : undefined;
  }

  /**
   * Removes what processes that were killed have left behind. It runs by itself when the backend opens and every ten
   * minutes; it never touches what a living process is at.
   */
  async sweep(): Promise<SweepResult> {
    return this.write((session) => session.sweep());
  }

  /**
   * Opens the root, and makes it when it is not there. Operations do it by themselves.
   * @throws StorageError when the root cannot be used, UNAVAILABLE or what the disk says; the message names the root.
   */
  async open(): Promise<void> {
    await this.opened();
  }

  /**
   * Gives everything back; operations that still run keep what they need until they end. Whatever is called
   * afterwards fails with UNAVAILABLE (`closed`), another close does nothing.
   */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.sweeping);
    const session = await this.opening?.catch(() => undefined);
    await session?.retire();
  }

  private async read<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const session = await this.opened();
    try {
      return await session.use(work);
    } catch (error) {
      if (!this.isGone(session)) throw error;
      return (await this.opened()).use(work);
    }
  }

  private async write<T>(work: (session: Session) => Promise<T>): Promise<T> {
    let session = await this.opened();
    if (session.root.readOnly !== undefined) {
      // It may have become writable meanwhile.
      this.leave(session);
      session = await this.opened();
      if (session.root.readOnly !== undefined) throw session.root.readOnly;
    }
    try {
      return await session.use(work);
    } catch (error) {
      throw this.isGone(session) ? rootGone(error) : error;
    }
  }

  /** Whether the root was deleted: then the next operation opens what is at its path now. */
  private isGone(session: Session): boolean {
    if (!session.root.directories.isGone()) return false;
    this.leave(session);
    return true;
  }

  private leave(session: Session): void {
    if (this.session === session) this.opening = this.session = undefined;
    void session.retire();
  }

  private async opened(): Promise<Session> {
    if (this.closed) throw new StorageError('UNAVAILABLE', 'The backend is closed', { reason: 'closed' });
    this.opening ??= this.openRoot().catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    return (this.session = await this.opening);
  }

  private async openRoot(): Promise<Session> {
    const { disk } = this;
    const options = this.#options;
    const durable = (options.durability ?? 'full') === 'full';
    const directoryMode = options.directoryMode ?? 0o700;
    const leaseMs = options.leaseMs ?? 30_000;
    const lockTimeoutMs = options.lockTimeoutMs ?? 40_000;
    const root = await openRoot(disk, { root: options.root, durable, directoryMode, leaseMs, lockTimeoutMs });
    const etag = options.etag ?? 'unique';
    const unreadMs = options.unreadTimeoutMs ?? 60_000;
    const reader = new Reader(root.disk, root, { contentEtags: etag !== 'unique', unreadMs });
    const mode = options.fileMode ?? 0o600;
    const writer = new Writer(root.disk, root, reader, { mode, durable, etag });
    const uploads = new Uploads(root.disk, root, reader, writer, { mode, durable });
    const session = new Session(root, reader, writer, uploads);
    if (root.readOnly === undefined) this.sweepLater(session, 0, leaseMs);
    return session;
  }

  private sweepLater(session: Session, ms: number, leaseMs: number): void {
    clearTimeout(this.sweeping);
    if (this.closed) return;
    this.sweeping = setTimeout(() => {
      void session
        .sweep()
        .then(({ otherOwners }) => (otherOwners > 0 ? leaseMs : SWEEP_MS))
        .catch(() => SWEEP_MS)
        .then((next) => this.session === session && this.sweepLater(session, next, leaseMs));
    }, ms).unref();
  }

  /** What a list shows; undefined for a file that has vanished since. A usual ETag needs no look at the metadata. */
  private async describe(root: Root, reader: Reader, key: string): Promise<ObjectInfo | undefined> {
    const byContent = this.#options.etag !== undefined && this.#options.etag !== 'unique';
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

function rootGone(cause?: unknown): StorageError {
  return new StorageError('UNAVAILABLE', 'The root was deleted', { reason: 'root', cause });
}
