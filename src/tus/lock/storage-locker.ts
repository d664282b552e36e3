import { Logger } from '@nestjs/common';
import { StorageError } from '../../core/error.js';
import { identify, newOwnerId } from '../../core/process-identity.js';
import { proc } from '../../core/proc.js';
import type { StorageService } from '../../storage/storage.service.js';
import { TusRefusal } from '../tus-refusal.js';
import type { TusLock, TusLocker } from '../tus.options.js';
import { LeaseFile } from '../../http/pending/lock/lease-file.js';
import { Lease } from '../../http/pending/lock/lease.js';

/** Milliseconds after which the lock of a process that is gone, and cannot be looked for, is free. */
const LEASE_MS = 8_000;
/** Milliseconds that a request waits for the one before it. Longer than a lease. */
const WAIT_MS = 20_000;

/** How locks behave. */
export interface StorageLockerOptions {
  /** Milliseconds after which the lock of a process that cannot be looked for is free. Default: 8,000. */
  readonly leaseMs?: number | undefined;
  /** Milliseconds that a request waits for a lock, before it is answered with 423. Default: 20,000. */
  readonly waitMs?: number | undefined;
}

/** Asks whoever has a lock to come to an end. */
type RequestRelease = () => Promise<void> | void;

/** A request that has a lock, as the others of its process see it. */
interface Holder {
  readonly requestRelease: RequestRelease;
  readonly gone: Promise<void>;
}

/**
 * One request at a time for each upload: within a process by what it has in memory, between processes by an object of the
 * storage that is written on conditions. Where the storage knows no conditions, within the process alone.
 */
export class StorageLocker implements TusLocker {
  private readonly holders = new Map<string, Holder>();
  private readonly owner = newOwnerId(identify(proc));
  private readonly times: { readonly leaseMs: number; readonly waitMs: number };
  private hasConditions = true;

  /** @param root The prefix of the folders of uploads, with a slash at its end. */
  constructor(
    private readonly storage: StorageService,
    private readonly root: string,
    { leaseMs = LEASE_MS, waitMs = WAIT_MS }: StorageLockerOptions = {},
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
          const wait = AbortSignal.timeout(this.times.leaseMs * 3);
          const lease = await this.lease(id, (file) => Lease.tryTake(file, this.owner, this.times, wait));
          if (lease === undefined && this.hasConditions) return held.end();
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
        const lease = await this.lease(id, (file) => Lease.take(file, this.owner, this.times, stop, wanted));
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
  ): { end(): false; endWith(lease: Lease | undefined): Promise<void> } {
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
        await lease?.release();
        end();
      },
    };
  }

  /** Of several that wait one has it: the others look again. */
  private async holdNext(
    id: string,
    stop: AbortSignal,
    requestRelease: RequestRelease,
  ): Promise<ReturnType<StorageLocker['hold']>> {
    for (let holder = this.holders.get(id); holder; holder = this.holders.get(id)) {
      stop.throwIfAborted();
      await holder.requestRelease();
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

  private async lease(
    id: string,
    take: (file: LeaseFile) => Promise<Lease | undefined>,
  ): Promise<Lease | undefined> {
    if (!this.hasConditions) return undefined;
    try {
      return await take(new LeaseFile(this.storage, `${this.root}${id}/lock`));
    } catch (error) {
      if (!StorageError.is(error, 'UNSUPPORTED')) throw error;
      this.hasConditions = false;
      new Logger('StorageTus').warn(
        `The storage "${this.storage.name}" knows no conditional writes: uploads are locked within this process alone, ` +
          'so send all requests of an upload to one instance, or pass a locker',
      );
      return undefined;
    }
  }
}
