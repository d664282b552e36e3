import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type StorageError } from '../../src/core/error.js';
import { TransferMemory } from '../../src/core/transfer-memory.js';
import { KIB } from '../support/bodies.js';
import { thrown } from '../support/errors.js';

const STALL_MS = 1000;
const BUDGET = 128 * KIB;
let memory: TransferMemory;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  memory = new TransferMemory(BUDGET, STALL_MS);
});

afterEach(() => {
  memory.clear();
  jest.useRealTimers();
});

/** A part that has all of the memory, and what it was told of stalling. */
async function holder(size = BUDGET) {
  const errors: StorageError[] = [];
  const part = await memory.claim({}, size, undefined, (error) => errors.push(error));
  await part.grow(size, 0);
  return { part, errors };
}

async function waiter() {
  const part = await memory.claim({}, BUDGET);
  const granted = part.grow(BUDGET, 0);
  expect(granted).toBeDefined();
  return { part, granted };
}

describe('a source that stalls', () => {
  it('may take as long as it likes while nobody waits for memory', async () => {
    const { part, errors } = await holder();
    jest.advanceTimersByTime(100 * STALL_MS);
    expect(errors).toEqual([]);
    expect(jest.getTimerCount()).toBeLessThanOrEqual(1);
    part.release();
  });

  it('is ended when another one has waited for the stall time', async () => {
    const { part, errors } = await holder();
    const other = await waiter();
    jest.advanceTimersByTime(STALL_MS - 1);
    expect(errors).toEqual([]);
    jest.advanceTimersByTime(STALL_MS);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ code: 'TIMEOUT', reason: 'stalled' });
    part.release();
    await other.granted;
    other.part.release();
    expect(memory.held).toBe(0);
  });

  it('is not one that gives 16 KiB in each stall time', async () => {
    const { part, errors } = await holder();
    const other = await waiter();
    for (let i = 1; i <= 8; i++) {
      jest.advanceTimersByTime(STALL_MS / 2);
      part.written = i * 16 * KIB;
    }
    expect(errors).toEqual([]);
    part.seal();
    jest.advanceTimersByTime(100 * STALL_MS);
    expect(errors).toEqual([]);
    part.release();
    await other.granted;
    other.part.release();
  });

  it('is one that drips, too', async () => {
    const { part, errors } = await holder();
    const other = await waiter();
    for (let i = 1; i <= 8; i++) {
      jest.advanceTimersByTime(STALL_MS / 4);
      part.written += KIB;
    }
    expect(errors.length).toBeGreaterThan(0);
    part.release();
    await other.granted;
    other.part.release();
  });

  it('is not watched any more when those that waited have gone', async () => {
    const { part, errors } = await holder();
    const aborting = new AbortController();
    const other = await memory.claim({}, BUDGET);
    const granted = other.grow(BUDGET, 0, aborting.signal);
    granted?.catch(() => undefined);
    jest.advanceTimersByTime(STALL_MS / 2);
    aborting.abort();
    await granted?.catch(() => undefined);
    jest.advanceTimersByTime(100 * STALL_MS);
    expect(errors).toEqual([]);
    other.release();
    part.release();
  });

  it('is let be with a stall time of 0', async () => {
    memory = new TransferMemory(BUDGET, 0);
    const { part, errors } = await holder();
    const other = await waiter();
    jest.advanceTimersByTime(1_000_000);
    expect(errors).toEqual([]);
    part.release();
    await other.granted;
    other.part.release();
  });

  it.each([-1, NaN, Infinity])('takes no stall time of %s', (stallMs) => {
    expect(thrown(() => new TransferMemory(BUDGET, stallMs))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
