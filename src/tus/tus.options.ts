import { HOUR_MS } from '../core/hour-ms.js';

/** Keeps the requests of one upload from each other: any `Locker` of `@tus/server`. */
export interface TusLocker {
  newLock(id: string): TusLock;
}

/** The lock of one request on one upload. */
export interface TusLock {
  /**
   * Resolves when the request has it.
   * @param signal Aborts when the request does not wait any more.
   * @param requestRelease Asks the request that has it to come to its end: called when another one wants it.
   */
  lock(signal: AbortSignal, requestRelease: () => Promise<void> | void): Promise<void>;
  unlock(): Promise<void>;
  /** Takes it if no request has it, and asks none to end: for sweeps. Default: a sweep asks by `lock`. */
  tryLock?(): Promise<boolean>;
}

/** How TusModule takes uploads. */
export interface TusOptions {
  /** Milliseconds from its beginning after which an upload that is not complete is gone. Default: 86,400,000 (24 hours). */
  readonly expiresAfterMs?: number | undefined;
  /**
   * Keeps requests of one upload from each other. Default: a lock in the storage itself, among all instances; where the storage
   * knows no conditional writes, within this process alone: pass a RedisLocker there.
   */
  readonly locker?: TusLocker | undefined;
  /** Milliseconds after which the lock of an instance that is gone, on another host, is free: that of the storage. Default: 8,000. */
  readonly leaseMs?: number | undefined;
}

/** Hours of a day, in milliseconds. */
export const DEFAULT_EXPIRES_AFTER_MS = 24 * HOUR_MS;
