import { StorageError } from '../../core/error.js';
import { MAX_TIMER_MS } from '../../core/max-timer.js';
import type { S3Limits } from './options.js';

/** S3Limits, all of them given. */
export type Limits = { readonly [K in keyof S3Limits]-?: NonNullable<S3Limits[K]> };

const DEFAULTS: Limits = {
  connectTimeoutMs: 5_000,
  firstByteTimeoutMs: 60_000,
  idleTimeoutMs: 30_000,
  requestTimeoutMs: 300_000,
  maxSockets: 50,
  maxAttempts: 5,
  retryBudgetMs: 30_000,
};

/** Fills what was left out. @throws StorageError INVALID_ARGUMENT, reason `config`, for what is no whole number from 1. */
export function limitsOf(given: S3Limits): Limits {
  const limits: { -readonly [K in keyof Limits]: number } = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS) as (keyof Limits)[]) {
    const value: unknown = given[name];
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || (value as number) < 1 || (value as number) > MAX_TIMER_MS) {
      const shown = typeof value === 'number' ? String(value) : typeof value;
      throw new StorageError(
        'INVALID_ARGUMENT',
        `S3Backend: ${name} is ${shown}: pass a whole number from 1 to ${MAX_TIMER_MS}`,
        { reason: 'config' },
      );
    }
    limits[name] = value as number;
  }
  return limits;
}
