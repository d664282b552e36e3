import type { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import type { StorageBackend } from '../../src/core/backend.js';
import { StorageError } from '../../src/core/error.js';
import { StorageService } from '../../src/storage/storage.service.js';
import type { BatchProgress, PutItem } from '../../src/transfer/batch/batch.options.js';
import { stalled, streamOf } from '../support/bodies.js';
import { expectCode } from '../support/errors.js';
import { fakeBackend, INFO, untilAborted } from '../support/fake-backend.js';
import { sleep, within } from '../support/within.js';

const serviceOf = (parts: Partial<StorageBackend> = {}): StorageService =>
  new StorageService('test', fakeBackend(parts));
const item = (key: string, body: PutItem['body'] = 'x'): PutItem => ({ key, body });

/** Endless items that tell how many were asked for, and whether they were ended. */
function endless() {
  const state = { given: 0, ended: false };
  function* give() {
    try {
      for (;;) yield item(`k${state.given++}`);
    } finally {
      state.ended = true;
    }
  }
  return { state, items: give() };
}

describe('a batch', () => {
  it('works on so many at once, and asks for no item before there is a place', async () => {
    let [now, most] = [0, 0];
    const storage = serviceOf({
      put: async (key) => {
        most = Math.max(most, ++now);
        await sleep(1);
        now--;
        return { ...INFO, key };
      },
    });
    const { state, items } = endless();
    let taken = 0;
    for await (const { error } of storage.putMany(items, { concurrency: 4 })) {
      expect(error).toBeUndefined();
      expect(state.given - taken).toBeLessThanOrEqual(5);
      if (++taken === 50) break;
    }
    expect(most).toBe(4);
    expect(state.ended).toBe(true);
  });

  it('ends what runs when its reader leaves', async () => {
    const ended: string[] = [];
    const storage = serviceOf({
      put: async (key, _, { signal }) => {
        if (key === 'k0') return { ...INFO, key };
        return untilAborted(signal).finally(() => ended.push(key));
      },
    });
    const leave = async () => {
      for await (const { key } of storage.putMany(endless().items, { concurrency: 3 })) return key;
      return undefined;
    };
    expect(await within(leave(), 'leaving')).toBe('k0');
    expect(ended.length).toBeGreaterThan(0);
  });

  it('ends when the signal aborts, after what runs, and destroys the bodies that were not reached', async () => {
    const controller = new AbortController();
    const running: string[] = [];
    const storage = serviceOf({
      put: async (key, body, { signal }) => {
        running.push(key);
        return untilAborted(signal).finally(() => {
          running.splice(running.indexOf(key), 1);
          (body as Readable).destroy();
        });
      },
    });
    const bodies = Array.from({ length: 6 }, () => stalled());
    const items = bodies.map((body, i) => item(`k${i}`, body));
    const work = expectCode(storage.putMany(items, { concurrency: 2, signal: controller.signal }), 'ABORTED');
    await sleep(10);
    expect(running).toEqual(['k0', 'k1']);
    controller.abort();
    await work;
    expect(running).toEqual([]);
    expect(bodies.every(({ destroyed }) => destroyed)).toBe(true);
  });

  it('says that something was written when a signal ends it then', async () => {
    const controller = new AbortController();
    const storage = new StorageService('test', new MemoryBackend());
    const items = [item('a'), item('b', stalled())];
    const work = expectCode(storage.putMany(items, { signal: controller.signal }), 'OUTCOME_UNKNOWN');
    await sleep(10);
    controller.abort();
    await work;
    expect([await storage.exists('a'), await storage.exists('b')]).toEqual([true, false]);
  });

  it('ends when its signal aborts while the source of its items has stalled', async () => {
    const controller = new AbortController();
    const source = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<PutItem>>(() => undefined) }),
    };
    const results = serviceOf().putMany(source, { signal: controller.signal });
    const work = expectCode(results.next(), 'ABORTED');
    await sleep(5);
    controller.abort();
    await work;
  });

  it('begins nothing more after a failure when it is told to stop', async () => {
    const bodies = Array.from({ length: 5 }, () => streamOf('x'));
    const storage = serviceOf({
      put: (key, body) => {
        (body as Readable).resume();
        if (key === 'k1') return Promise.reject(new StorageError('NO_SPACE', 'full'));
        return Promise.resolve({ ...INFO, key });
      },
    });
    const items = bodies.map((body, i) => item(`k${i}`, body));
    const results = await storage.putMany(items, { concurrency: 1, stopOnError: true });
    expect(results.map(({ error }) => error?.reason ?? error?.code)).toEqual([
      undefined,
      'NO_SPACE',
      'stopped',
      'stopped',
      'stopped',
    ]);
    await sleep(1);
    expect(bodies.map(({ destroyed }) => destroyed)).toEqual([true, true, true, true, true]);
  });

  it('takes a body that fails while it waits for a failure of its item', async () => {
    const late = stalled();
    const storage = serviceOf({ put: (key) => sleep(20).then(() => ({ ...INFO, key })) });
    const work = storage.putMany([item('a'), item('b', late)], { concurrency: 1 });
    late.destroy(new Error('gone'));
    const results = await work;
    expect(results.map(({ error }) => error?.code)).toEqual([undefined, 'ABORTED']);
  });

  it('takes what is no item for a failure of it', async () => {
    const strange = [null, undefined, 7, {}, { key: 'a' }, { key: 1, body: 'x' }] as never[];
    const storage = new StorageService('test', new MemoryBackend());
    const results = await storage.putMany(strange);
    expect(results.map(({ error }) => error?.code)).toEqual(strange.map(() => 'INVALID_ARGUMENT'));
    const copies = await storage.copyMany(strange.slice(0, 4));
    expect(copies.map(({ error }) => error?.code)).toEqual(copies.map(() => 'INVALID_ARGUMENT'));
    for await (const { error } of storage.getMany(strange)) expect(error?.code).toBe('INVALID_ARGUMENT');
  });

  it('refuses options that are none, and destroys the bodies', async () => {
    for (const concurrency of [0, -1, 1.5, NaN, '2']) {
      const body = stalled();
      const work = serviceOf().putMany([item('a', body)], { concurrency: concurrency as number });
      await expectCode(work, 'INVALID_ARGUMENT');
      expect(body.destroyed).toBe(true);
    }
    for (const items of ['abc', null, undefined, {}])
      await expectCode(
        serviceOf()
          .putMany(items as never as Set<PutItem>)
          .next(),
        'INVALID_ARGUMENT',
      );
    await expectCode(serviceOf().getMany(['a'], { maxBytes: -1 }).next(), 'INVALID_ARGUMENT');
  });

  it('tells how far it is', async () => {
    const seen: BatchProgress[] = [];
    const storage = new StorageService('test', new MemoryBackend());
    await storage.putMany([item('a', 'four'), item('..'), item('b', 'sixsix')], {
      concurrency: 1,
      onProgress: (progress) => seen.push(progress),
    });
    expect(seen).toEqual([
      { done: 1, failed: 0, total: 3, bytes: 4 },
      { done: 1, failed: 1, total: 3, bytes: 4 },
      { done: 2, failed: 1, total: 3, bytes: 10 },
    ]);
  });

  it('fails when its source or its progress does, as StorageErrors', async () => {
    const failing = function* () {
      yield item('a');
      throw new Error('broken');
    };
    const results = serviceOf().putMany(failing());
    expect((await results.next()).value).toMatchObject({ key: 'a' });
    expect((await expectCode(results.next(), 'ABORTED')).reason).toBe('items');
    const throwing = serviceOf().putMany([item('a')], {
      onProgress: () => {
        throw new Error('mine');
      },
    });
    expect((await expectCode(throwing, 'ABORTED')).reason).toBe('progress');
  });
});
