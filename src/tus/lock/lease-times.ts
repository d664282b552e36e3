import { MAX_TIMER_MS } from '../../core/max-timer.js';

/** How locks behave. */
export interface LeaseTimesOptions {
  /** Milliseconds after which the lock of a process that cannot be looked for is free. Default: 8,000. */
  readonly leaseMs?: number | undefined;
  /** Milliseconds that a request waits for a lock, before it is answered with 423. Default: 20,000. */
  readonly waitMs?: number | undefined;
}

export const DEFAULT_LEASE_MS = 8_000;
/** Longer than a lease. */
export const DEFAULT_WAIT_MS = 20_000;
/** A lease is renewed four times in its life, so a shorter one would be lost for a slow answer. */
export const LEAST_LEASE_MS = 1_000;

/** Whether `value` is milliseconds, `least` or more, that a timer can wait. */
export function isTime(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= MAX_TIMER_MS;
}
