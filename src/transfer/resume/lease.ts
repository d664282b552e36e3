import { identify, isAlive, newOwnerId, parseOwnerId } from '../../core/process-identity.js';
import { proc } from '../../core/proc.js';

/** After which an owner that cannot be looked for counts as gone, in milliseconds. */
export const LEASE_MS = 60_000;

/** Who works at an upload. */
export interface Lease {
  /** Of this run of this process: process-identity.ts. */
  readonly owner: string;
  /** When it was last renewed, by the clock of its owner. */
  readonly atMs: number;
}

/** A lease of this process, which no other has. */
export function newLease(): Lease {
  return { owner: newOwnerId(identify(proc)), atMs: Date.now() };
}

/**
 * Whether somebody works at an upload. A process of this host is looked for. Of another one, and of this process itself,
 * only the time tells: a lease that is not renewed is none. A wrong clock may end one too early, which does no harm: its
 * owner can then write no record any more, and stops.
 */
export function isLive(lease: Lease | undefined): boolean {
  if (!lease) return false;
  const self = identify(proc);
  const owner = parseOwnerId(lease.owner);
  const alive = owner ? isAlive(proc, owner, self) : 'unknown';
  const ours = owner?.pid === self.pid && owner.started === self.started;
  if (alive === false || (alive === true && !ours)) return alive;
  return Math.abs(Date.now() - lease.atMs) <= LEASE_MS;
}
