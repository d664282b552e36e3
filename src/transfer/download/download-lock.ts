import { lstat, lutimes, readlink, symlink, unlink } from 'node:fs/promises';
import { StorageError } from '../../core/error.js';
import { errno } from '../../core/errno.js';
import { proc } from '../../core/proc.js';
import { identify, isAlive, newOwnerId, parseOwnerId } from '../../core/process-identity.js';
import { targetError } from './target-error.js';

/** Milliseconds after which an owner of whom nothing can be known counts as dead, and between two signs of life. */
const LEASE_MS = 60_000;
const RENEW_MS = 15_000;
/** Letters at the end of an owner's id that no other has. */
const RANDOM = 10;
/** Looks at a lock that somebody releases just then. */
const MAX_LOOKS = 5;

/**
 * Who may write a target: a symbolic link whose own target is the id of its owner, so that it is made in one step and tells at
 * once whose it is. A dead owner is succeeded: the successor makes the link `<lock>.<dead owner>`, which only one can make,
 * and looks again whether it still succeeds the one that it saw. Who was held for dead, and was only slow, has lost it.
 */
export class DownloadLock {
  /** Whose links lead to ours. */
  private chain: readonly string[] = [];
  private timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly path: string,
    private readonly owner: string,
  ) {}

  /** @throws StorageError CONFLICT, reason `lock`, when a process that lives, or may live, has it; and of the target. */
  static async take(path: string): Promise<DownloadLock> {
    const self = identify(proc);
    const lock = new DownloadLock(path, newOwnerId(self));
    try {
      for (let look = 0; look < MAX_LOOKS; look++) if (await lock.tryTake()) return lock;
    } catch (error) {
      throw targetError(error);
    }
    throw taken();
  }

  /** @throws StorageError CONFLICT, reason `lock`, when another process has held us for dead; of the target. */
  async assertHeld(): Promise<void> {
    if (!(await this.isHeld())) throw taken();
  }

  /** Whether no other process has held us for dead: until now. @throws StorageError of the target. */
  async isHeld(): Promise<boolean> {
    try {
      const { path, chain, owner } = this;
      return (await this.isWhole([...chain, owner])) && (await ownerOf(nameOf(path, owner))) === undefined;
    } catch (error) {
      throw targetError(error);
    }
  }

  /**
   * Gives it back, with what dead owners left of it, unless it is another's by now. We succeed ourselves: then nobody else does
   * between the look and the removal, unless we are held for dead just there. A full disk has no room for that.
   */
  async release(): Promise<void> {
    clearInterval(this.timer);
    const { path, owner, chain } = this;
    const last = nameOf(path, owner);
    try {
      const fenced = await this.fence(last);
      // The first link first: whoever makes that one anew has nothing to do with those behind it.
      if (await this.isWhole([...chain, owner]))
        for (const before of [undefined, ...chain]) await unlink(nameOf(path, before));
      if (fenced) await unlink(last);
    } catch {
      // It is another's, or the disk fails: a successor finds us dead.
    }
  }

  /** Whether there is a link now that nobody else can make. @throws when somebody else has made it. */
  private async fence(link: string): Promise<boolean> {
    try {
      // By an id of its own: ours would lead from this link to itself.
      await symlink(newOwnerId(identify(proc)), link);
      return true;
    } catch (error) {
      if (errno(error) === 'EEXIST') throw error;
      return false;
    }
  }

  private async tryTake(): Promise<boolean> {
    const chain: string[] = [];
    for (let link = this.path; ;) {
      if (await this.make(link)) {
        if (!(await this.isWhole(chain))) {
          await unlink(link).catch(() => undefined);
          return false;
        }
        this.chain = chain;
        this.timer = setInterval(() => void this.renew(link), RENEW_MS).unref();
        return true;
      }
      const owner = await ownerOf(link);
      if (owner === undefined) return false;
      if (!(await isDead(link, owner))) throw taken();
      chain.push(owner);
      link = nameOf(this.path, owner);
    }
  }

  private async make(link: string): Promise<boolean> {
    try {
      await symlink(this.owner, link);
      return true;
    } catch (error) {
      if (errno(error) !== 'EEXIST') throw error;
      return false;
    }
  }

  /** Whether each link of the chain is still that of the owner who was seen. */
  private async isWhole(chain: readonly string[]): Promise<boolean> {
    for (const [i, owner] of chain.entries())
      if ((await ownerOf(nameOf(this.path, chain[i - 1]))) !== owner) return false;
    return true;
  }

  private async renew(link: string): Promise<void> {
    const now = new Date();
    await lutimes(link, now, now).catch(() => undefined);
  }
}

/** The link of whoever succeeds `owner`; of the first one without. By the part of the id that is random: a name has 255 bytes. */
function nameOf(path: string, owner: string | undefined): string {
  return owner === undefined ? path : `${path}.${owner.slice(-RANDOM)}`;
}

async function ownerOf(link: string): Promise<string | undefined> {
  try {
    return await readlink(link);
  } catch (error) {
    if (errno(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function isDead(link: string, owner: string): Promise<boolean> {
  const other = parseOwnerId(owner);
  // Whoever made it: not we.
  if (!other) return false;
  const alive = isAlive(proc, other, identify(proc));
  if (alive !== 'unknown') return !alive;
  try {
    return Date.now() - (await lstat(link)).mtimeMs > LEASE_MS;
  } catch (error) {
    if (errno(error) === 'ENOENT') return false;
    throw error;
  }
}

function taken(): StorageError {
  const what = 'Another download to this target is under way';
  return new StorageError('CONFLICT', what, { reason: 'lock' });
}
