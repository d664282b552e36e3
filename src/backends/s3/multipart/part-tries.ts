import { abortError, throwIfAborted } from '../../../core/abort.js';
import { StorageError } from '../../../core/error.js';
import { classifyError } from '../errors.js';
import type { Limits } from '../limits.js';
import { S3RequestError } from '../request-error.js';
import { S3ResponseError } from '../response-error.js';
import { rest } from '../rest.js';
import { Backoff } from '../wire/backoff.js';
import { judge } from '../wire/verdict.js';
import { PartGate } from './part-gate.js';

/** A part is worth more tries than other requests: with the defaults 10 within 3 minutes. */
const TRIES = 2;
const BUDGET = 6;
/** Sent again once, in case that the bytes were damaged on their way; what is wrong twice is wrong here. */
const INTEGRITY_TRIES = 2;

/**
 * Sends parts again, each on its own, after pauses that grow; and fewer at once while the server is too busy.
 */
export class PartTries {
  readonly gate: PartGate;
  private readonly backoff: Backoff;

  constructor(limits: Limits) {
    this.gate = new PartGate(limits.maxSockets);
    this.backoff = new Backoff({
      ...limits,
      maxAttempts: limits.maxAttempts * TRIES,
      retryBudgetMs: limits.retryBudgetMs * BUDGET,
    });
  }

  /**
   * What `send` resolves with, which may be called any number of times, one after the other.
   * @throws S3ResponseError or S3RequestError of the last try, never with an unknown outcome: a part shows in no object.
   * A StorageError of `send` as it is, but for INTEGRITY after the first try.
   */
  async run<T>(send: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const began = performance.now();
    let damaged = 0;
    let mended = false;
    for (let attempts = 1; ; attempts++) {
      const pass = await this.gate.enter(signal);
      let error: unknown;
      try {
        throwIfAborted(signal);
        const value = await send();
        pass.succeeded();
        this.backoff.succeeded(attempts);
        return value;
      } catch (failure) {
        error = failure;
        const { code } = classifyError(failure);
        if (code === 'THROTTLED' || isBusy(failure)) pass.throttled();
        else pass.failed();
      }
      if (signal?.aborted) throw abortError(signal);
      const integrity = isDamage(error);
      if (integrity && ++damaged >= INTEGRITY_TRIES) throw known(error, attempts);
      // The SDK corrects its clock by the answer, and does not send it again.
      const skewed: boolean = verdictOf(error) === 'correct-clock' && !mended;
      mended ||= skewed;
      if (!integrity && !skewed && !isWorthIt(error)) throw known(error, attempts);
      const pause = this.pause(attempts, performance.now() - began, error);
      if (pause === undefined) throw known(error, attempts);
      await rest(pause, signal);
      throwIfAborted(signal);
    }
  }

  /**
   * Milliseconds to wait before another try, and undefined when there is to be none.
   * @param attempts Tries so far.
   * @param leastMs No shorter than this.
   */
  pause(attempts: number, elapsedMs: number, error: unknown, leastMs = 0): number | undefined {
    const retryAfterMs = error instanceof S3ResponseError ? error.retryAfterMs : undefined;
    return this.backoff.next(attempts, elapsedMs, Math.max(leastMs, retryAfterMs ?? 0));
  }
}

/** Whether the bytes were not what their checksum says, at the server or in what it tells. */
function isDamage(error: unknown): boolean {
  if (error instanceof S3ResponseError) return classifyError(error).code === 'INTEGRITY';
  return StorageError.is(error, 'INTEGRITY') && error.reason === 'checksum';
}

function isBusy(error: unknown): boolean {
  return error instanceof S3ResponseError && (error.status === 503 || error.status === 429);
}

function isWorthIt(error: unknown): boolean {
  const verdict = verdictOf(error);
  return verdict === 'again' || verdict === 'at-once';
}

function verdictOf(error: unknown) {
  if (!(error instanceof S3RequestError || error instanceof S3ResponseError)) return undefined;
  return judge(error, true, Date.now());
}

/** Whatever became of a part, no object has changed. */
function known(error: unknown, attempts: number): unknown {
  if (error instanceof S3RequestError || error instanceof S3ResponseError)
    return error.after(attempts, false);
  return error;
}
