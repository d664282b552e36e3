import { describe, expect, it } from '@jest/globals';
import { limitsOf } from '../../../../src/backends/s3/limits.js';
import { Backoff } from '../../../../src/backends/s3/wire/backoff.js';

const limits = limitsOf({ maxAttempts: 1_000, retryBudgetMs: 60_000 });
/** The pauses after so many tries of many requests, each of another backend. */
const pausesAfter = (attempts: number): number[] =>
  Array.from({ length: 1_000 }, () => new Backoff(limits).next(attempts, 0) ?? NaN);

describe('the pause before another try', () => {
  it.each([
    [1, 100],
    [2, 200],
    [3, 400],
    [7, 6_400],
    [8, 12_800],
    [9, 15_000],
    [500, 15_000],
  ])('after %i tries is one of 0 to %i ms, any of them', (attempts, most) => {
    const pauses = pausesAfter(attempts);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(most);
    // That none of a thousand falls into a tenth of the range has a chance of 10 to the -46.
    for (let tenth = 0; tenth < 10; tenth++)
      expect(pauses.some((ms) => Math.floor((ms / most) * 10) === tenth)).toBe(true);
  });

  it('is as long as the server asks for, where that fits into the budget', () => {
    expect(new Backoff(limits).next(1, 0, 30_000)).toBe(30_000);
    expect(new Backoff(limits).next(1, 29_000, 30_000)).toBe(30_000);
    expect(new Backoff(limits).next(1, 30_001, 30_000)).toBeUndefined();
  });

  it('is none after the last try', () => {
    const backoff = new Backoff({ ...limits, maxAttempts: 3 });
    expect(backoff.next(2, 0)).toEqual(expect.any(Number));
    expect(backoff.next(3, 0)).toBeUndefined();
  });

  it('is none when a hundred tries of all requests have brought nothing, until something succeeds', () => {
    const backoff = new Backoff(limits);
    const granted = Array.from({ length: 150 }, () => backoff.next(1, 0)).filter((ms) => ms !== undefined);
    expect(granted).toHaveLength(100);
    backoff.succeeded(2);
    expect(backoff.next(1, 0)).toEqual(expect.any(Number));
    expect(backoff.next(1, 0)).toBeUndefined();
    for (let i = 0; i < 5; i++) backoff.succeeded(1);
    expect(backoff.next(1, 0)).toEqual(expect.any(Number));
  });
});
