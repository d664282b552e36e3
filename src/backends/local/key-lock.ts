import { setTimeout as sleep } from 'node:timers/promises';
import { onAbort, throwIfAborted } from '../../core/abort.js';
import { StorageError } from '../../core/error.js';
import { Gate } from '../../core/gate.js';
import type { Directories } from './directories.js';
import { errno } from '../../core/errno.js';
import { unless, type Disk } from './disk.js';
import type { Owner } from './owner.js';
import type { Owners } from './owners.js';

/** What the holder of a lock may do with it. */
export interface HeldLock {
  /** The owner on whose folder every commit under this lock depends. */
  readonly owner: string;
  /** Whether it was taken from a dead owner, which may have left something half done. */
  readonly takenOver: boolean;
}

interface Link {
  readonly link: string;
  /** To whom it leads. */
  readonly owner: string;
}

/**
 * One lock for each key, between the operations of a process, its fellow processes and containers that share the root.
 *
 * A lock is the symbolic link `.stowage/locks/<hash>` to the id of its owner: made in one step, exclusive, and moved into
 * the owner's folder in one step at its release. A dead owner's lock is never deleted by others, for it might be another's
 * by then: it is succeeded, by the link `<hash>.<dead owner>`, which only one can make; the last of such a chain holds the
 * lock, and a successor checks after making its link that the chain below is still the one that it read.
 */
export class KeyLock {
  private readonly gates = new Map<string, Gate>();
  /** Of what a release failed to remove something: for a sweep to try again. */
  private readonly unreleased = new Set<string>();

  constructor(
    private readonly disk: Disk,
    private readonly directories: Directories,
    private readonly owner: Owner,
    private readonly owners: Owners,
    private readonly waitMs: number,
  ) {}

  /** Runs `work` while this process holds the lock of `hash`. @throws StorageError TIMEOUT, ABORTED, UNAVAILABLE. */
  async run<T>(
    hash: string,
    signal: AbortSignal | undefined,
    work: (lock: HeldLock) => Promise<T>,
  ): Promise<T> {
    const gate = this.gates.get(hash) ?? new Gate(1);
    this.gates.set(hash, gate);
    await gate.enter((fail) => onAbort(signal, fail));
    try {
      const { owner, chain } = await this.take(hash, signal).catch((error: unknown) => {
        // A link that was made may be left of it.
        if (!StorageError.is(error)) this.unreleased.add(hash);
        throw error;
      });
      try {
        return await work({ owner, takenOver: chain.length > 1 });
      } finally {
        // A release that fails changes nothing of what `work` did. The next operation here finds the lock its own.
        await this.release(owner, chain).catch(() => this.unreleased.add(hash));
      }
    } finally {
      gate.leave();
      if (gate.idle) this.gates.delete(hash);
    }
  }

  /** Lets the next sweep see to `hash`, as to what a dead process has left. */
  leaveToSweep(hash: string): void {
    this.unreleased.add(hash);
  }

  /** The hashes of all locks that are held or were left behind. */
  async all(): Promise<readonly string[]> {
    const names = (await unless(['ENOENT'], this.disk.readdir(this.path('')))) ?? [];
    return [...new Set([...names.map(({ name }) => name.split('.', 1)[0] ?? ''), ...this.unreleased])];
  }

  /** Whether nobody who lives is at work under the lock of `hash`, of which something is left. */
  async isAbandoned(hash: string): Promise<boolean> {
    if (this.unreleased.has(hash)) return true;
    const seen = new Set<string>();
    for (let link = hash; !seen.has(link);) {
      seen.add(link);
      const holder = await unless(['ENOENT'], this.disk.readlink(this.path(link)));
      if (holder === undefined) return true;
      if (!(await this.owners.isDead(holder))) return false;
      link = `${hash}.${holder}`;
    }
    return true;
  }

  /**
   * Removes the links of dead chains of `hash`. Only for who holds its lock by the lowest link alone. A link of somebody
   * who lives is left to him: he sees that it leads nowhere, and must not find another's when he removes it.
   */
  async tidy(hash: string, owner: string): Promise<void> {
    const names = (await unless(['ENOENT'], this.disk.readdir(this.path('')))) ?? [];
    for (const { name } of names) {
      if (!name.startsWith(`${hash}.`)) continue;
      const holder = await unless(['ENOENT'], this.disk.readlink(this.path(name)));
      if (holder === undefined) continue;
      if (holder !== owner) {
        if (!(await this.owners.isDead(holder))) continue;
        await this.owners.fence(holder);
      }
      await this.removeLink({ link: name, owner: holder }, owner);
    }
    this.unreleased.delete(hash);
  }

  private async take(
    hash: string,
    signal: AbortSignal | undefined,
  ): Promise<{ owner: string; chain: readonly Link[] }> {
    const deadline = performance.now() + this.waitMs;
    for (let pause = 1; ; pause = Math.min(pause * 2, 16)) {
      throwIfAborted(signal);
      const owner = await this.owner.current();
      const chain = await this.tryTake(hash, owner);
      if (chain) return { owner, chain };
      if (performance.now() > deadline) {
        throw new StorageError('TIMEOUT', 'Another process holds the lock of the key', { reason: 'lock' });
      }
      await sleep(pause * (0.5 + Math.random()));
    }
  }

  /** The links that make the lock ours, the first one lowest; undefined while somebody who lives holds it. */
  private async tryTake(hash: string, owner: string): Promise<readonly Link[] | undefined> {
    const below: Link[] = [];
    for (let link = hash; ;) {
      const chain = [...below, { link, owner }];
      if (await this.claim(link, owner)) {
        if (await this.stands(below)) return chain;
        await this.removeLink({ link, owner }, owner);
        return undefined;
      }
      const holder = await unless(['ENOENT'], this.disk.readlink(this.path(link)));
      // No operation of ours can hold it now: its release failed.
      if (holder === owner) return chain;
      if (holder === undefined || !(await this.owners.isDead(holder))) return undefined;
      if (below.some((one) => one.link === link)) return undefined;
      await this.owners.fence(holder);
      below.push({ link, owner: holder });
      link = `${hash}.${holder}`;
    }
  }

  /** Through our own folder: who was fenced finds no way to the locks. */
  private async claim(link: string, owner: string): Promise<boolean> {
    try {
      await this.disk.symlink(owner, this.owner.pathIn(owner, `../../locks/${link}`));
      return true;
    } catch (error) {
      if (errno(error) === 'EEXIST') return false;
      if (errno(error) !== 'ENOENT') {
        // It may have happened all the same.
        if (await this.isThere({ link, owner })) return true;
        throw error;
      }
      // Held for dead, or somebody has deleted the folder of the locks: the next try finds both in order.
      if (!(await this.owner.isFenced(owner))) await this.owner.makeFolders();
      return false;
    }
  }

  private async stands(below: readonly Link[]): Promise<boolean> {
    for (const one of below) if (!(await this.isThere(one))) return false;
    return true;
  }

  private async isThere({ link, owner }: Link): Promise<boolean> {
    return (await unless(['ENOENT'], this.disk.readlink(this.path(link)))) === owner;
  }

  /** From the lowest link up: as long as one is left of a dead owner, ours above it keeps the others out. */
  private async release(owner: string, chain: readonly Link[]): Promise<void> {
    for (const link of chain) await this.removeLink(link, owner);
  }

  /** By a rename into our folder, which fails once we are held for dead: then the link is our successor's affair. */
  private async removeLink(link: Link, owner: string): Promise<void> {
    const remove = () =>
      unless(['ENOENT'], this.disk.rename(this.path(link.link), this.owner.pathIn(owner, 'released')));
    try {
      await remove();
    } catch {
      // It may have happened all the same, and be another's by now.
      if (await this.isThere(link)) await remove();
    }
  }

  private path(link: string): string {
    return this.directories.own(`.stowage/locks/${link}`);
  }
}
