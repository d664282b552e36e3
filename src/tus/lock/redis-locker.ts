import { assertKnown, isObject, kindOf, show } from '../../core/check-shape.js';
import { MAX_TIMER_MS } from '../../core/max-timer.js';
import { StorageError } from '../../core/error.js';
import type { TusLock, TusLocker } from '../tus.options.js';
import { LeaseLocker } from './lease-locker.js';
import { DEFAULT_LEASE_MS, isTime, LEAST_LEASE_MS, type LeaseTimesOptions } from './lease-times.js';
import { RedisLease, type SendRedisCommand } from './redis-lease.js';

/** How the locks of a RedisLocker behave. */
export interface RedisLockerOptions extends LeaseTimesOptions {
  /** What the keys of locks begin with; the id of an upload follows. Default: `stowage:tus:`. */
  readonly prefix?: string | undefined;
}

/**
 * Locks of uploads that are kept in one Redis, or what speaks its protocol: for a storage that knows no conditional writes. One locker
 * is for all storages of an application, and all instances need the same Redis, `prefix` and `leaseMs`.
 *
 * A lock is a value with a time to live, made by `SET … NX PX`, renewed and removed by a script (`EVAL`) that compares it before.
 * A command that is not answered within a quarter of `leaseMs` has failed. Whoever cannot renew is told to end before others may have
 * the lock. Where Redis is a primary with replicas, a failover may lose a lock that was just given, and two have it until one renews.
 *
 * Its `lock` and `tryLock` throw StorageError UNAVAILABLE, reason `locker`, when Redis refuses or does not answer.
 */
export class RedisLocker implements TusLocker {
  private readonly locks: LeaseLocker;

  /**
   * @param send Sends a command: `(command) => client.sendCommand(command)` with `@redis/client` and `redis`,
   * `(command) => client.call(...command)` with `ioredis`. The client stays the caller's, to connect and to close.
   * @throws StorageError INVALID_ARGUMENT (reason `config`) for arguments that are none.
   */
  constructor(send: SendRedisCommand, options: RedisLockerOptions = {}) {
    const { prefix = 'stowage:tus:', leaseMs = DEFAULT_LEASE_MS, waitMs } = checked(send, options);
    this.locks = new LeaseLocker((id, take) => take(new RedisLease(send, `${prefix}${id}`, leaseMs)), {
      leaseMs,
      waitMs,
    });
  }

  newLock(id: string): TusLock {
    return this.locks.newLock(id);
  }
}

function checked(send: unknown, options: unknown): RedisLockerOptions {
  if (typeof send !== 'function')
    throw lockerError(
      `what sends commands is ${kindOf(send)}: pass (command) => client.sendCommand(command)`,
    );
  if (!isObject(options)) throw lockerError(`the options are ${kindOf(options)}: pass { leaseMs: … }`);
  assertKnown('it', options, ['prefix', 'leaseMs', 'waitMs'], lockerError);
  const { prefix, leaseMs, waitMs } = options;
  if (prefix !== undefined && typeof prefix !== 'string')
    throw lockerError(`prefix is ${kindOf(prefix)}: pass what keys begin with`);
  if (leaseMs !== undefined && !isTime(leaseMs, LEAST_LEASE_MS))
    throw lockerError(`leaseMs is ${show(leaseMs)}: pass milliseconds, ${LEAST_LEASE_MS} to ${MAX_TIMER_MS}`);
  if (waitMs !== undefined && !isTime(waitMs, 1))
    throw lockerError(`waitMs is ${show(waitMs)}: pass milliseconds, 1 to ${MAX_TIMER_MS}`);
  return options;
}

function lockerError(message: string): StorageError {
  return new StorageError('INVALID_ARGUMENT', `RedisLocker: ${message}`, { reason: 'config' });
}
