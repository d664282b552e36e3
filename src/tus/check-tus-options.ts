import { assertKnown, isObject, kindOf, show } from '../core/check-shape.js';
import { MAX_TIMER_MS } from '../core/max-timer.js';
import { isTime, LEAST_LEASE_MS } from './lock/lease-times.js';
import { tusError } from './tus-error.js';
import type { TusOptions } from './tus.options.js';

/** The options as a factory gave them. @throws StorageError INVALID_ARGUMENT (reason `config`). */
export function checkTusOptions(options: unknown): TusOptions {
  if (!isObject(options)) throw tusError(`the options are ${kindOf(options)}: pass { expiresAfterMs: … }`);
  assertKnown('it', options, ['expiresAfterMs', 'locker', 'leaseMs'], tusError);
  const { expiresAfterMs, locker, leaseMs } = options;
  if (expiresAfterMs !== undefined && !(Number.isSafeInteger(expiresAfterMs) && Number(expiresAfterMs) >= 1))
    throw tusError(`expiresAfterMs is ${show(expiresAfterMs)}: pass milliseconds, 1 or more`);
  if (leaseMs !== undefined && !isTime(leaseMs, LEAST_LEASE_MS))
    throw tusError(`leaseMs is ${show(leaseMs)}: pass milliseconds, ${LEAST_LEASE_MS} to ${MAX_TIMER_MS}`);
  if (locker !== undefined && !(isObject(locker) && typeof locker.newLock === 'function'))
    throw tusError(`locker is ${kindOf(locker)} without a method newLock: pass a Locker of @tus/server`);
  return options;
}
