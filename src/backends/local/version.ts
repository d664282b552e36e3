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

/**
 * New with each write. With the inode, because two processes may write a key in the same microsecond: when one of the
 * two is deleted before the other one is committed, size and time do not tell them apart.
 */
export const versionEtag = ({ size, mtime, inode }: Version): string =>
  [mtime, BigInt(size), inode].map((part) => part.toString(16)).join('-');

let last = 0;

/** Now, in whole microseconds since the epoch, later than it returned before, and than `after` (nanoseconds). */
export function nextTime(after: bigint = 0n): number {
  const clock = Math.floor((performance.timeOrigin + performance.now()) * 1000);
  // Half a second of drift between the monotonic and the system's clock is no matter, an hour would be.
  const system = Date.now() * 1000;
  const now = Math.abs(clock - system) < 500_000 ? clock : system;
  last = Math.max(now, last + 1);
  // Not kept: one file from the future must not take all others there.
  return Math.max(last, Number(after / 1000n) + 1);
}
