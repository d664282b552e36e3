import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { setImmediate as tick } from 'node:timers/promises';
import { PartBuffers } from '../../src/core/part-buffers.js';
import type { PartMemory } from '../../src/core/part-memory.js';
import { TransferMemory } from '../../src/core/transfer-memory.js';
import { bytesOf } from '../support/bodies.js';
import { expectCode, thrown } from '../support/errors.js';
import { within } from '../support/within.js';

const memories: TransferMemory[] = [];
const memoryOf = (budget: number): TransferMemory => {
  const memory = new TransferMemory(budget);
  memories.push(memory);
  return memory;
};

/** Whether `work` has ended by now. */
async function ended(work: Promise<unknown> | undefined): Promise<boolean> {
  let over = work === undefined;
  work?.then(
    () => (over = true),
    () => (over = true),
  );
  await tick();
  return over;
}

/** A part of `most` bytes of an upload of its own, or of `upload`, that has its first `size` bytes. */
async function holding(memory: TransferMemory, size: number, most: number, upload = {}): Promise<PartMemory> {
  const part = await within(memory.claim(upload, most));
  await within(Promise.resolve(part.grow(size, 0)));
  return part;
}

afterEach(() => memories.splice(0).forEach((memory) => memory.clear()));

describe('TransferMemory', () => {
  it('gives a part the bytes that it asks for, and keeps what is in them when it grows', async () => {
    const memory = memoryOf(100);
    const part = await memory.claim({}, 60);
    expect(part.bytes).toHaveLength(0);
    expect(part.grow(20, 0)).toBeUndefined();
    const content = bytesOf(20);
    part.bytes.set(content);
    expect(part.grow(10, 20)).toBeUndefined();
    expect(part.grow(40, 20)).toBeUndefined();
    expect(part.bytes).toHaveLength(40);
    expect(part.bytes.subarray(0, 20)).toEqual(content);
    expect(part.grow(500, 40)).toBeUndefined();
    expect(part.bytes).toHaveLength(60);
    expect(memory.held).toBe(60);
    part.release();
    part.release();
    expect(memory.held).toBe(0);
  });

  it('lets wait who finds none, until a part is stored', async () => {
    const memory = memoryOf(100);
    const first = await holding(memory, 80, 80);
    first.seal();
    const second = await memory.claim({}, 40);
    const waiting = second.grow(40, 0);
    expect(await ended(waiting)).toBe(false);
    expect(memory.queue).toBe(1);
    first.release();
    await within(waiting as Promise<void>);
    expect(second.bytes).toHaveLength(40);
    expect(memory.queue).toBe(0);
  });

  it('gives no bytes that an older part needs to become full', async () => {
    const memory = memoryOf(100);
    const old = await holding(memory, 10, 70);
    // 70 are needed for the old one, and 10 while it moves there: 20 are left.
    const young = await holding(memory, 20, 20);
    const third = await memory.claim({}, 20);
    const waiting = third.grow(10, 0);
    expect(await ended(waiting)).toBe(false);
    expect(old.grow(70, 10)).toBeUndefined();
    expect(await ended(waiting)).toBe(true);
    young.release();
  });

  it('gives a part all its bytes at once where a larger buffer would not fit beside the one it has', async () => {
    const memory = memoryOf(100);
    const part = await memory.claim({}, 100);
    expect(part.grow(10, 0)).toBeUndefined();
    expect(part.bytes).toHaveLength(100);
  });

  it('serves whom those with small wishes would overtake for ever', async () => {
    const memory = memoryOf(100);
    const sealed: PartMemory[] = [];
    for (let i = 0; i < 10; i++) sealed.push(await holding(memory, 10, 10));
    sealed.forEach((part) => part.seal());
    const large = await memory.claim({}, 60);
    const waiting = large.grow(60, 0);
    let overtook = 0;
    // Each that goes is followed by one that wants what it gave back.
    for (let i = 0; i < 10; i++) {
      const next = await memory.claim({}, 10);
      sealed[i]?.release();
      const granted = next.grow(10, 0);
      if (granted === undefined && large.bytes.length === 0) overtook++;
    }
    await within(waiting as Promise<void>);
    expect(overtook).toBe(0);
  });

  it('lets an upload have one part while others wait, and more when nobody does', async () => {
    const memory = memoryOf(100);
    const greedy = {};
    const first = await holding(memory, 40, 40, greedy);
    const second = await holding(memory, 40, 40, greedy);
    [first, second].forEach((part) => part.seal());
    const other = await memory.claim({}, 60);
    const waiting = other.grow(60, 0);
    expect(await ended(waiting)).toBe(false);
    const third = memory.claim(greedy, 20);
    expect(await ended(third)).toBe(false);
    first.release();
    await within(waiting as Promise<void>);
    expect(await ended(third)).toBe(true);
  });

  it('lets an upload that waits for a further part have it when its others are stored', async () => {
    const memory = memoryOf(100);
    const upload = {};
    const first = await holding(memory, 10, 10, upload);
    first.seal();
    const slow = await holding(memory, 60, 90);
    const waiting = (await memory.claim({}, 60)).grow(60, 0);
    const further = memory.claim(upload, 10);
    expect(await ended(waiting)).toBe(false);
    expect(await ended(further)).toBe(false);
    first.release();
    await within(further);
    slow.release();
    await within(waiting as Promise<void>);
  });

  it('lets leave at once who is aborted while waiting, and serves the next', async () => {
    const memory = memoryOf(100);
    const full = await holding(memory, 50, 50);
    full.seal();
    const upload = {};
    const first = await memory.claim(upload, 90);
    const abort = new AbortController();
    const waiting = first.grow(90, 0, abort.signal);
    const next = await memory.claim({}, 50);
    const further = memory.claim(upload, 10, abort.signal);
    const nextWaits = next.grow(50, 0);
    expect(await ended(nextWaits)).toBe(false);
    abort.abort();
    await expectCode(waiting as Promise<void>, 'ABORTED');
    await expectCode(further, 'ABORTED');
    first.release();
    await within(nextWaits as Promise<void>);
    await expectCode(memory.claim({}, 1, abort.signal), 'ABORTED');
  });

  it('refuses a part that it can never hold, and a budget that is none', async () => {
    const memory = memoryOf(100);
    expect(await expectCode(memory.claim({}, 101), 'INVALID_ARGUMENT')).toMatchObject({ reason: 'config' });
    for (const budget of [0, -1, 1.5, NaN, Infinity])
      expect(thrown(() => new TransferMemory(budget))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(new TransferMemory().budget).toBe(128 * 1024 * 1024);
  });

  it('serves any uploads in any order to the end, and never more than its budget', async () => {
    const step = fc.record({ most: fc.integer({ min: 1, max: 40 }), sends: fc.integer({ min: 0, max: 4 }) });
    const upload = fc.record({
      parts: fc.array(step, { minLength: 1, maxLength: 4 }),
      growth: fc.integer({ min: 1, max: 20 }),
      pause: fc.integer({ min: 0, max: 3 }),
      atOnce: fc.integer({ min: 1, max: 3 }),
      abortAfter: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 40, max: 90 }),
        fc.array(upload, { minLength: 1, maxLength: 8 }),
        async (budget, uploads) => {
          const memory = memoryOf(budget);
          const live = new Set<PartMemory>();
          const look = () => {
            const held = [...live].reduce((sum, { bytes }) => sum + bytes.length, 0);
            if (held !== memory.held || held > budget)
              throw new Error(`${held} of ${budget} bytes, told are ${memory.held}`);
          };
          const run = async ({ parts, growth, pause, atOnce, abortAfter }: (typeof uploads)[number]) => {
            const me = {};
            const abort = new AbortController();
            const sending = new Set<Promise<unknown>>();
            let steps = 0;
            for (const { most, sends } of parts) {
              while (sending.size >= atOnce) await Promise.race(sending);
              const part = await memory.claim(me, most, abort.signal).catch(() => undefined);
              if (!part) break;
              live.add(part);
              const grow = async () => {
                for (let filled = 0; filled < most; filled = Math.min(most, part.bytes.length)) {
                  if (steps++ === abortAfter) abort.abort();
                  await part.grow(filled + growth, filled, abort.signal);
                  for (let i = 0; i < pause; i++) await tick();
                  look();
                }
              };
              const release = () => {
                part.release();
                part.release();
                live.delete(part);
              };
              try {
                await grow();
              } catch {
                release();
                break;
              }
              part.seal();
              const send = async () => {
                for (let i = 0; i <= sends; i++) await tick();
                release();
                look();
              };
              const sent: Promise<unknown> = send().then(() => sending.delete(sent));
              sending.add(sent);
            }
            await Promise.all(sending);
          };
          await within(Promise.all(uploads.map(run)), 'the uploads', 10_000);
          look();
          expect({ held: memory.held, queue: memory.queue }).toEqual({ held: 0, queue: 0 });
        },
      ),
      { numRuns: 300 },
    );
  }, 60_000);
});

describe('PartBuffers', () => {
  it('gives a buffer again, and keeps no more than the limit', () => {
    const buffers = new PartBuffers(100);
    const first = buffers.take(40, 0);
    buffers.give(first);
    expect(buffers.size).toBe(40);
    expect(buffers.take(40, 0)).toBe(first);
    expect(buffers.size).toBe(0);
    buffers.give(first);
    buffers.give(buffers.take(60, 0));
    expect(buffers.size).toBe(100);
    // 30 are in use, 50 more are wanted: 20 of the 100 that are kept may stay.
    expect(buffers.take(50, 30)).toHaveLength(50);
    expect(buffers.size).toBeLessThanOrEqual(20);
    buffers.clear();
    expect(buffers.size).toBe(0);
  });
});
