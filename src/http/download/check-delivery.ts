import { isObject, kindOf, show } from '../../core/check-shape.js';
import { checkSignRead } from '../../core/check-sign-options.js';
import { StorageError } from '../../core/error.js';
import { MAX_TIMER_MS } from '../../core/max-timer.js';
import type { DeliveryOptions } from './serve.options.js';

const REDIRECT = ['expiresIn', 'cacheable'];

/** The names of the options. */
export const DELIVERY: readonly (keyof DeliveryOptions)[] = ['redirect', 'stallTimeoutMs'];

/** What is wrong with `options`; undefined: nothing. */
export function deliveryProblem({ redirect, stallTimeoutMs: ms }: DeliveryOptions): string | undefined {
  if (ms !== undefined && !(typeof ms === 'number' && ms >= 0 && ms <= MAX_TIMER_MS))
    return `stallTimeoutMs is ${show(ms)}: pass milliseconds, up to ${MAX_TIMER_MS}, or 0 for no limit`;
  if (redirect === undefined || typeof redirect === 'boolean') return undefined;
  if (!isObject(redirect)) return `redirect is ${kindOf(redirect)}: pass true or { expiresIn }`;
  const unknown = Object.keys(redirect).find((name) => !REDIRECT.includes(name));
  if (unknown !== undefined)
    return `redirect has no option ${unknown}: its options are ${REDIRECT.join(', ')}`;
  try {
    checkSignRead(redirect, undefined);
    return undefined;
  } catch (error) {
    if (!StorageError.is(error)) throw error;
    return `redirect: ${error.message}`;
  }
}
