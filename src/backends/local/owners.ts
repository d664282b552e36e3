import type { Directories } from './directories.js';
import { unless, type Disk } from './disk.js';
import { OWNERS } from './owner.js';
import { identify, isAlive, parseOwnerId, type ProcessIdentity } from '../../core/process-identity.js';

/** How long a finding that a process lives is good for, in milliseconds. */
const ALIVE_MS = 200;
/** Ends the name of a folder that was taken away. */
export const FENCED = '~';

interface Seen {
  readonly renewed: bigint;
  readonly since: number;
}

/** Judges the owners of locks and temporary files: which of them live, and takes everything from those that do not. */
export class Owners {
  private readonly self: ProcessIdentity;
  private readonly leases = new Map<string, Seen>();
  private readonly aliveUntil = new Map<string, number>();

  constructor(
    private readonly disk: Disk,
    private readonly directories: Directories,
    private readonly leaseMs: number,
  ) {
    this.self = identify(disk);
  }

  /**
   * Whether the owner `id` can no longer be at work. Across containers, where a pid says nothing, it counts as dead
   * when we have watched its lease for `leaseMs` by our own monotonic clock and it was not renewed.
   */
  async isDead(id: string): Promise<boolean> {
    if ((this.aliveUntil.get(id) ?? 0) > performance.now()) return false;
    const folder = await unless(['ENOENT', 'ENOTDIR'], this.disk.lstat(this.path(id)));
    if (!folder) return true;
    const identity = parseOwnerId(id);
    const alive = identity ? isAlive(this.disk, identity, this.self) : 'unknown';
    const dead = alive === 'unknown' ? this.leaseExpired(id, folder.mtimeNs) : !alive;
    if (!dead) this.aliveUntil.set(id, performance.now() + ALIVE_MS);
    return dead;
  }

  /** Takes its folder from a dead owner: from here on it cannot commit anything, should it live after all. */
  async fence(id: string): Promise<void> {
    const away = this.path(`${id}${FENCED}`);
    await unless(['ENOENT'], this.disk.rename(this.path(id), away));
    this.leases.delete(id);
    this.aliveUntil.delete(id);
    // Everyone who takes over waits for it: a rename that had found the folder before it was taken away, even one that
    // the kernel still does for a killed process, can now neither take something out of it nor put something in.
    await this.disk.removeAll(away);
  }

  /** Removes the folders of dead owners with the temporary files in them, and tells how many owners may still live. */
  async sweep(self: string | undefined): Promise<{ readonly removed: number; readonly undecided: number }> {
    let removed = 0;
    let undecided = 0;
    for (const { name } of (await unless(['ENOENT'], this.disk.readdir(this.path('')))) ?? []) {
      if (name === self) continue;
      if (name.endsWith(FENCED)) {
        await this.disk.removeAll(this.path(name));
        removed++;
      } else if (await this.isDead(name)) {
        await this.fence(name);
        removed++;
      } else {
        undecided++;
      }
    }
    return { removed, undecided };
  }

  private leaseExpired(id: string, renewed: bigint): boolean {
    const seen = this.leases.get(id);
    if (!seen || seen.renewed !== renewed) {
      this.leases.set(id, { renewed, since: performance.now() });
      return false;
    }
    return performance.now() - seen.since > this.leaseMs;
  }

  private path(name: string): string {
    return this.directories.own(`${OWNERS}/${name}`);
  }
}
