import { randomUUID } from 'node:crypto';
import { StorageError } from '../../../core/error.js';
import { isOfDead } from './lease-text.js';
import type { KeptLease, LeasePlace } from './lease-place.js';

/** How often whoever waits looks again, in milliseconds. */
const LOOK_MS = 200;

/** How often the end of a lease is written, at most, when each finds another version. */
const ATTEMPTS = 4;

/** Times of a lease, in milliseconds. */
export interface LeaseTimes {
  /** After which one that is not renewed belongs to nobody. */
  readonly leaseMs: number;
}

/**
 * A lock that holds between processes, as long as its lease is renewed. Whoever waits for it says so in it, and the holder
 * learns of that when it renews.
 */
export class Lease {
  private timer: NodeJS.Timeout | undefined;
  private deadline: NodeJS.Timeout | undefined;
  private renewing: Promise<void> | undefined;
  private renewedAt = 0;
  private released = false;
  private isEnded = false;

  private constructor(
    private readonly place: LeasePlace,
    private kept: KeptLease,
    private readonly leaseMs: number,
    /** Called when somebody waits for it, when it is lost, and before others may take it because it was not renewed. */
    private readonly onWanted: () => void,
    /** When it was written, or before. */
    since: number,
  ) {
    this.hold(since);
    this.plan();
  }

  /**
   * Waits until it is free, or belongs to nobody any more: its process has ended, or has not renewed it for `leaseMs` by the clock
   * of this process.
   * @throws StorageError of the signal; UNSUPPORTED where there are no such conditions; what the place throws.
   */
  static async take(
    place: LeasePlace,
    owner: string,
    { leaseMs }: LeaseTimes,
    signal: AbortSignal,
    onWanted: () => void,
  ): Promise<Lease> {
    for (;;) {
      const lease = await Lease.claim(place, owner, leaseMs, signal, onWanted, true);
      if (lease) return lease;
    }
  }

  /** As `take`, but undefined when somebody renews it, or has ended it: nobody is told that it is wanted. */
  static tryTake(
    place: LeasePlace,
    owner: string,
    { leaseMs }: LeaseTimes,
    signal: AbortSignal,
  ): Promise<Lease | undefined> {
    return Lease.claim(place, owner, leaseMs, signal, () => undefined, false);
  }

  private static async claim(
    place: LeasePlace,
    owner: string,
    leaseMs: number,
    signal: AbortSignal,
    onWanted: () => void,
    asks: boolean,
  ): Promise<Lease | undefined> {
    const text = { owner, token: randomUUID(), wanted: false };
    let seen: { readonly etag: string; readonly at: number } | undefined;
    for (;;) {
      signal.throwIfAborted();
      let since = performance.now();
      const made = await place.make(text);
      if (made) return new Lease(place, made, leaseMs, onWanted, since);
      const other = await place.read();
      if (!other) continue;
      if (!asks && (other.ended || (seen && seen.etag !== other.etag))) return undefined;
      if (seen?.etag !== other.etag) seen = { etag: other.etag, at: performance.now() };
      // What this process has left can be nobody's: within it, others are kept from it before.
      const free = other.owner === owner || isOfDead(other) || performance.now() - seen.at > leaseMs;
      if (free) {
        since = performance.now();
        const taken = await place.replace(other.etag, text);
        if (taken) return new Lease(place, taken, leaseMs, onWanted, since);
        continue;
      }
      if (asks && !other.wanted) {
        const { etag } = (await place.replace(other.etag, { ...other, wanted: true })) ?? {};
        // It is we who have changed it, not its holder.
        if (etag !== undefined) seen = { etag, at: seen.at };
      }
      await wait(LOOK_MS, signal);
    }
  }

  /**
   * Leaves it behind as one that nobody takes any more, unless it is lost. @throws StorageError of the place: then it is to be released.
   */
  async end(): Promise<void> {
    await this.stop();
    const { owner, token } = this.kept;
    const text = { owner, token, wanted: false, ended: true };
    // It has another version when somebody waits for it, and when the answer to one of our writes was lost.
    let now: KeptLease | undefined = this.kept;
    for (let left = ATTEMPTS; left > 0 && now?.token === token && !this.isEnded; left--) {
      this.isEnded = now.ended === true || (await this.place.replace(now.etag, text)) !== undefined;
      if (!this.isEnded) now = await this.place.read();
    }
  }

  async release(): Promise<void> {
    await this.stop();
    if (this.isEnded) return;
    if (performance.now() - this.renewedAt < this.leaseMs) await this.place.remove(this.kept);
  }

  private async stop(): Promise<void> {
    this.released = true;
    clearTimeout(this.timer);
    clearTimeout(this.deadline);
    await this.renewing;
  }

  /** Whoever waits counts from when it was written: what is left then is for its holder to come to an end. */
  private hold(since: number): void {
    this.renewedAt = since;
    clearTimeout(this.deadline);
    if (this.released) return;
    this.deadline = setTimeout(this.onWanted, since + this.leaseMs * 0.75 - performance.now()).unref();
  }

  private plan(): void {
    if (this.released) return;
    this.timer = setTimeout(() => {
      this.renewing = this.renew();
    }, this.leaseMs / 4).unref();
  }

  private async renew(): Promise<void> {
    const { place, kept } = this;
    const since = performance.now();
    try {
      const next = await place.replace(kept.etag, kept);
      if (next) {
        this.kept = next;
        this.hold(since);
        return this.plan();
      }
      const now = await place.read();
      if (now?.token !== kept.token) {
        clearTimeout(this.deadline);
        return this.onWanted();
      }
      this.kept = now;
      if (now.wanted) this.onWanted();
      // What somebody else has written into it, or we with an answer that was lost, renews nothing.
      return await this.renew();
    } catch (error) {
      if (!StorageError.is(error)) throw error;
    }
    this.plan();
  }
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
