import type { BigIntStats } from 'node:fs';

/**
 * Which content of a key a file is: its size and modification time, which are strictly above those of the content before.
 * They survive `cp -a` and `rsync -a`, so that a restored backup finds its metadata.
 */
export interface Version {
  readonly size: number;
  /** Nanoseconds since the epoch. */
  readonly mtime: bigint;
  readonly inode: bigint;
}

export function versionOf(stats: BigIntStats): Version {
  return { size: Number(stats.size), mtime: stats.mtimeNs, inode: stats.ino };
}

export const sameVersion = (a: Version, b: Version): boolean =>
  a.size === b.size && a.mtime === b.mtime && a.inode === b.inode;

/** The name that a version's metadata has beside the key's hash. */
export const versionName = ({ size, mtime }: Version): string => `${size}-${mtime}`;

/** New with each write: no two contents of a key have the same size and time. */
export const versionEtag = ({ size, mtime }: Version): string => `${mtime.toString(16)}-${size.toString(16)}`;

let last = 0;

/** Now, in whole microseconds since the epoch, later than whatever it returned before, and than `after` (nanoseconds). */
export function nextTime(after: bigint = 0n): number {
  const clock = Math.floor((performance.timeOrigin + performance.now()) * 1000);
  // Half a millisecond of drift between the monotonic and the system's clock is no matter, an hour would be.
  const system = Date.now() * 1000;
  const now = Math.abs(clock - system) < 500_000 ? clock : system;
  last = Math.max(now, last + 1, Number(after / 1000n) + 1);
  return last;
}
