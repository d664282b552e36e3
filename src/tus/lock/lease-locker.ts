import { StorageError } from '../../core/error.js';
import { MAX_TIMER_MS } from '../../core/max-timer.js';
import { identify, newOwnerId } from '../../core/process-identity.js';
import { proc } from '../../core/proc.js';
import type { LeasePlace } from '../../http/pending/lock/lease-place.js';
import { Lease } from '../../http/pending/lock/lease.js';
import { TusRefusal } from '../tus-refusal.js';
import type { TusLock, TusLocker } from '../tus.options.js';
import { DEFAULT_LEASE_MS, DEFAULT_WAIT_MS, type LeaseTimesOptions } from './lease-times.js';

/** What a request has until it releases it. */
export type HeldLease = Pick<Lease, 'release'>;

/** Takes a lease where those of the upload `id` are kept. Undefined: `take` gave none. @throws StorageError. */
export type Leasing = (
  id: string,
  take: (place: LeasePlace) => Promise<Lease | undefined>,
) => Promise<HeldLease | undefined>;

/** Asks whoever has a lock to come to an end. */
type RequestRelease = () => Promise<void> | void;

/** A request that has a lock, as the others of its process see it. */
interface Holder {
  readonly requestRelease: RequestRelease;
  readonly gone: Promise<void>;
}

/**
 * One request at a time for each upload: within a process by what it has in memory, between processes by a lease, wherever that
 * is kept.
 */
export class LeaseLocker implements TusLocker {
  private readonly holders = new Map<string, Holder>();
  private readonly owner = newOwnerId(identify(proc));
  private readonly times: { readonly leaseMs: number; readonly waitMs: number };

  constructor(
    private readonly leasing: Leasing,
    { leaseMs = DEFAULT_LEASE_MS, waitMs = DEFAULT_WAIT_MS }: LeaseTimesOptions = {},
  ) {
    this.times = { leaseMs, waitMs };
  }

  newLock(id: string): TusLock {
    let free: (() => Promise<void>) | undefined;
    return {
      lock: async (signal, requestRelease) => {
        free = await this.acquire(id, signal, requestRelease);
      },
      unlock: async () => {
        await free?.();
        free = undefined;
      },
      tryLock: async () => {
        if (this.holders.has(id)) return false;
        const held = this.hold(id, () => undefined);
        try {
          const wait = AbortSignal.timeout(Math.min(this.times.leaseMs * 3, MAX_TIMER_MS));
          const lease = await this.leasing(id, (place) => Lease.tryTake(place, this.owner, this.times, wait));
          if (lease === undefined) return held.end();
          free = () => held.endWith(lease);
          return true;
        } catch (error) {
          held.end();
          throw error;
        }
      },
    };
  }

  /** @throws what is answered with 423, when it takes too long or `signal` aborts; StorageError of the storage. */
  private async acquire(
    id: string,
    signal: AbortSignal,
    requestRelease: RequestRelease,
  ): Promise<() => Promise<void>> {
    const stop = AbortSignal.any([signal, AbortSignal.timeout(this.times.waitMs)]);
    try {
      const held = await this.holdNext(id, stop, requestRelease);
      try {
        const wanted = (): void => void requestRelease();
        const lease = await this.leasing(id, (place) =>
          Lease.take(place, this.owner, this.times, stop, wanted),
        );
        return () => held.endWith(lease);
      } catch (error) {
        held.end();
        throw error;
      }
    } catch (error) {
      if (StorageError.is(error)) throw error;
      if (stop.aborted) throw new TusRefusal(423, 'Another request works at this upload');
      throw error;
    }
  }

  /** Keeps the others of this process away. */
  private hold(
    id: string,
    requestRelease: RequestRelease,
  ): { end(): false; endWith(lease: HeldLease | undefined): Promise<void> } {
    let leave = (): void => undefined;
    const gone = new Promise<void>((resolve) => (leave = resolve));
    this.holders.set(id, { requestRelease, gone });
    const end = (): false => {
      this.holders.delete(id);
      leave();
      return false;
    };
    return {
      end,
      async endWith(lease) {
        try {
          await lease?.release();
        } finally {
          end();
        }
      },
    };
  }

  /** Of several that wait one has it: the others look again. */
  private async holdNext(
    id: string,
    stop: AbortSignal,
    requestRelease: RequestRelease,
  ): Promise<ReturnType<LeaseLocker['hold']>> {
    for (let holder = this.holders.get(id); holder; holder = this.holders.get(id)) {
      stop.throwIfAborted();
      await holder.requestRelease();
      // It may have aborted meanwhile, and tells that once.
      stop.throwIfAborted();
      const { gone } = holder;
      await new Promise<void>((resolve, reject) => {
        const onAbort = (): void => reject(stop.reason as Error);
        stop.addEventListener('abort', onAbort, { once: true });
        void gone.then(() => {
          stop.removeEventListener('abort', onAbort);
          resolve();
        });
      });
    }
    return this.hold(id, requestRelease);
  }
}
