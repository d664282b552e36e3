import type { Limits } from '../limits.js';

const BASE_MS = 100;
const CAP_MS = 15_000;
/** Tokens of the bucket, the price of a retry, and what a success gives back: as the SDK has them. */
const TOKENS = 500;
const PRICE = 5;

/**
 * How long to wait before a request is sent again, and whether at all. All requests of a backend draw on one bucket of
 * tokens, so that a service that is down is not asked ever more often: 100 retries, and then as many as there are successes.
 */
export class Backoff {
  private tokens = TOKENS;

  constructor(private readonly limits: Limits) {}

  /**
   * The pause before the next try in milliseconds, or undefined when there is to be none.
   * @param attempts Tries so far.
   * @param elapsedMs Since the first one began.
   * @param retryAfterMs What the server asked for.
   * @param price Tokens. None for what does not reach the server.
   */
  next(attempts: number, elapsedMs: number, retryAfterMs = 0, price = PRICE): number | undefined {
    const { maxAttempts, retryBudgetMs } = this.limits;
    if (attempts >= maxAttempts || this.tokens < price) return undefined;
    const jitter = Math.random() * Math.min(CAP_MS, BASE_MS * 2 ** (attempts - 1));
    const pause = Math.max(retryAfterMs, jitter);
    if (elapsedMs + pause > retryBudgetMs) return undefined;
    this.tokens -= price;
    return pause;
  }

  /** A request that was answered, for the first time or after retries. */
  succeeded(attempts: number): void {
    if (this.tokens < TOKENS) this.tokens = Math.min(TOKENS, this.tokens + (attempts > 1 ? PRICE : 1));
  }
}
