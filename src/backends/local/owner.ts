import { errno } from '../../core/errno.js';
import { StorageError } from '../../core/error.js';
import type { Directories } from './directories.js';
import { unless, type Disk } from './disk.js';
import { RESERVED } from './keys.js';
import { identify, newOwnerId } from '../../core/process-identity.js';

/** How often an owner shows that it lives at least, in milliseconds. */
const RENEW_MS = 5_000;
/** How often it does within the time after which it is held for dead. */
const RENEWALS = 5;
/** The folder of all owners' folders, below the root. */
export const OWNERS = `${RESERVED}/tmp`;
/** The folder of all locks, below the root. */
const LOCKS = `${RESERVED}/locks`;

/**
 * This process among all that write below the same root: a folder of its own at `.stowage/tmp/<id>`.
 *
 * What is committed passes through that folder by a rename out of it or into it: once the folder is taken
 * away (fenced), each rename fails, so that an owner which was held for dead can no longer change anything.
 */
export class Owner {
  private id: string | undefined;
  private registering: Promise<string> | undefined;
  private renewal: NodeJS.Timeout | undefined;
  private count = 0;
  /** Folders that may have been made and are nobody's. */
  private readonly unused = new Set<string>();

  constructor(
    private readonly disk: Disk,
    private readonly directories: Directories,
    private readonly options: { readonly mode: number; readonly leaseMs: number },
  ) {}

  /** The id under which this process owns things from now on. */
  async current(): Promise<string> {
    return (
      this.id ?? (await (this.registering ??= this.register().finally(() => (this.registering = undefined))))
    );
  }

  /** The path of a new temporary file of the owner `id`. */
  temporary(id: string): string {
    return this.pathIn(id, (++this.count).toString(36));
  }

  /** A path in the folder of the owner `id`. */
  pathIn(id: string, name: string): string {
    return this.directories.own(`${OWNERS}/${id}/${name}`);
  }

  /** Whether `id` has lost its folder: then whatever it was about to do did not happen. */
  async isFenced(id: string): Promise<boolean> {
    const fenced = (await unless(['ENOENT'], this.disk.lstat(this.pathIn(id, '.')))) === undefined;
    if (fenced && this.id === id) this.forget();
    return fenced;
  }

  /** Makes the folders of owners and locks: somebody may have deleted the reserved folder meanwhile. */
  async makeFolders(): Promise<void> {
    for (const folder of [RESERVED, OWNERS, LOCKS])
      await unless(['EEXIST'], this.disk.mkdir(this.directories.own(folder), this.options.mode));
  }

  /** Runs `work` for the owner that this process is, and tells the loss of its folder from a missing file. */
  async run<T>(work: (id: string) => Promise<T>): Promise<T> {
    const id = await this.current();
    try {
      return await work(id);
    } catch (error) {
      if (errno(error) === 'ENOENT' && (await this.isFenced(id))) throw lockLost(error);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.registering?.catch(() => undefined);
    await this.removeUnused();
    const { id } = this;
    this.forget();
    if (id !== undefined) await this.disk.removeAll(this.directories.own(`${OWNERS}/${id}`));
  }

  private async register(): Promise<string> {
    const id = newOwnerId(identify(this.disk));
    await this.removeUnused();
    await this.makeFolders();
    const folder = this.directories.own(`${OWNERS}/${id}`);
    // An error need not mean that it did not happen; then it would be there as long as this process lives.
    this.unused.add(folder);
    await this.disk.mkdir(folder, this.options.mode).catch(async (error: unknown) => {
      await this.removeUnused();
      throw error;
    });
    this.unused.delete(folder);
    this.id = id;
    const everyMs = Math.min(RENEW_MS, this.options.leaseMs / RENEWALS);
    this.renewal = setInterval(() => void this.renew(id), everyMs).unref();
    return id;
  }

  private async renew(id: string): Promise<void> {
    const now = new Date();
    await this.disk
      .utimes(this.pathIn(id, '.'), now, now)
      .catch(() => this.isFenced(id).catch(() => undefined));
  }

  private async removeUnused(): Promise<void> {
    for (const folder of this.unused) {
      const removed = this.disk.removeAll(folder).then(() => this.unused.delete(folder));
      await removed.catch(() => undefined);
    }
  }

  private forget(): void {
    clearInterval(this.renewal);
    this.id = undefined;
  }
}

/** What an operation says that lost its lock before it could commit. Nothing was changed: it may be tried again. */
export function lockLost(cause?: unknown): StorageError {
  return new StorageError(
    'UNAVAILABLE',
    'The process was held for dead and lost its lock before it could commit',
    {
      reason: 'lock-lost',
      cause,
    },
  );
}
