import { setTimeout as sleep } from 'node:timers/promises';
import { onAbort, throwIfAborted } from '../../core/abort.js';
import { StorageError } from '../../core/error.js';
import { Gate } from '../../core/gate.js';
import type { Directories } from './directories.js';
import { errno, unless, type Disk } from './disk.js';
import type { Owner } from './owner.js';
import type { Owners } from './owners.js';

/** What the holder of a lock may do with it. */
export interface HeldLock {
  /** The owner on whose folder every commit under this lock depends. */
  readonly owner: string;
  /** Whether it was taken from a dead owner, which may have left something half done. */
  readonly takenOver: boolean;
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
      const { owner, chain } = await this.take(hash, signal);
      try {
        return await work({ owner, takenOver: chain.length > 1 });
      } finally {
        // A release that fails changes nothing of what `work` did. The next operation here finds the lock its own.
        await this.release(owner, chain).catch(() => undefined);
      }
    } finally {
      gate.leave();
      if (gate.idle) this.gates.delete(hash);
    }
  }

  /** The hashes of all locks that are held or were left behind. */
  async all(): Promise<readonly string[]> {
    const names = (await unless(['ENOENT'], this.disk.readdir(this.path('')))) ?? [];
    return [...new Set(names.map(({ name }) => name.split('.', 1)[0] ?? ''))];
  }

  /** Whether nobody who lives holds the lock of `hash`, of which there are links. */
  async isAbandoned(hash: string): Promise<boolean> {
    const holder = await unless(['ENOENT'], this.disk.readlink(this.path(hash)));
    return holder === undefined || this.owners.isDead(holder);
  }

  /** Removes the links of dead chains of `hash`. Only for who holds its lock by the lowest link alone. */
  async tidy(hash: string, owner: string): Promise<void> {
    const names = (await unless(['ENOENT'], this.disk.readdir(this.path('')))) ?? [];
    for (const { name } of names) if (name.startsWith(`${hash}.`)) await this.removeLink(name, owner);
  }

  private async take(
    hash: string,
    signal: AbortSignal | undefined,
  ): Promise<{ owner: string; chain: string[] }> {
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
  private async tryTake(hash: string, owner: string): Promise<string[] | undefined> {
    const below: { readonly link: string; readonly owner: string }[] = [];
    for (let link = hash; ;) {
      if (await this.claim(link, owner)) {
        const chain = [...below.map((one) => one.link), link];
        if (await this.stands(below)) return chain;
        await this.removeLink(link, owner);
        return undefined;
      }
      const holder = await unless(['ENOENT'], this.disk.readlink(this.path(link)));
      // No operation of ours can hold it now: its release failed.
      if (holder === owner) return [...below.map((one) => one.link), link];
      if (holder === undefined || !(await this.owners.isDead(holder))) return undefined;
      await this.owners.fence(holder);
      below.push({ link, owner: holder });
      link = `${hash}.${holder}`;
    }
  }

  private async claim(link: string, owner: string): Promise<boolean> {
    try {
      await this.disk.symlink(owner, this.path(link));
      return true;
    } catch (error) {
      if (errno(error) === 'EEXIST') return false;
      throw error;
    }
  }

  private async stands(
    below: readonly { readonly link: string; readonly owner: string }[],
  ): Promise<boolean> {
    for (const { link, owner } of below) {
      if ((await unless(['ENOENT'], this.disk.readlink(this.path(link)))) !== owner) return false;
    }
    return true;
  }

  /** From the lowest link up: as long as one is left of a dead owner, ours above it keeps the others out. */
  private async release(owner: string, chain: readonly string[]): Promise<void> {
    for (const link of chain) await this.removeLink(link, owner);
  }

  /** By a rename into our folder, which fails once we are held for dead: then the link is our successor's affair. */
  private async removeLink(link: string, owner: string): Promise<void> {
    await this.disk.rename(this.path(link), this.owner.pathIn(owner, 'released'));
  }

  private path(link: string): string {
    return this.directories.own(`.stowage/locks/${link}`);
  }
}
