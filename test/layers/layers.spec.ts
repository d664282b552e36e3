import { describe, expect, it, jest } from '@jest/globals';
import { setImmediate as tick } from 'node:timers/promises';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { StorageError } from '../../src/core/error.js';
import type { Layer } from '../../src/core/layer.js';
import { withLayers } from '../../src/core/layered-backend.js';
import { concurrency } from '../../src/layers/concurrency.js';
import { log } from '../../src/layers/log.js';
import { metrics, type MetricsSample } from '../../src/layers/metrics.js';
import { observe } from '../../src/layers/observe.js';
import { timeout } from '../../src/layers/timeout.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { bytesOf, KIB, readAll, released, stalled } from '../support/bodies.js';
import { expectCode, failure, thrown } from '../support/errors.js';
import { fakeBackend, INFO, untilAborted } from '../support/fake-backend.js';
import { sleep, within } from '../support/within.js';

const around = (...layers: readonly Layer[]) =>
  new StorageService('files', withLayers(new MemoryBackend(), 'files', layers));

describe('timeout', () => {
  it('ends a put whose source stalls with TIMEOUT, releases the source and stores nothing', async () => {
    const storage = around(timeout(30));
    const body = stalled();
    const error = await failure(storage.put('k', body), 2_000);
    expect(error).toMatchObject({ code: 'TIMEOUT', temporary: true, operation: 'put', key: 'k' });
    expect(error.message).toContain('30 ms');
    await released(body);
    expect(await storage.exists('k')).toBe(false);
  });

  it('ends the work of the backend', async () => {
    let ended = false;
    const backend = fakeBackend({
      head: (_, { signal }) => untilAborted(signal).finally(() => (ended = true)),
    });
    await expectCode(withLayers(backend, 'files', [timeout(20)]).head('k'), 'TIMEOUT');
    expect(ended).toBe(true);
  });

  it('leaves the body of a get alone', async () => {
    const storage = around(timeout(30));
    const bytes = bytesOf(300 * KIB);
    await storage.put('k', bytes);
    const { body } = await storage.get('k');
    await sleep(60);
    expect((await readAll(body)).equals(bytes)).toBe(true);
  });

  it('passes on the abort of the caller as ABORTED', async () => {
    const controller = new AbortController();
    const work = around(timeout(60_000)).put('k', stalled(), { signal: controller.signal });
    setTimeout(() => controller.abort(), 10);
    await expectCode(work, 'ABORTED');
  });

  it('leaves no timer behind', async () => {
    // Those of this test alone: a process has others, which come and go.
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'] });
    try {
      const storage = around(timeout(60_000));
      for (let i = 0; i < 20; i++) await storage.put(`k${i}`, 'x');
      const waiting = storage.put('stalled', stalled()).catch(() => undefined);
      expect(jest.getTimerCount()).toBe(1);
      jest.advanceTimersByTime(60_000);
      await waiting;
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it('refuses times that no timer keeps', () => {
    // A longer one would fire at once: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
    for (const ms of [0, -1, NaN, Infinity, 2 ** 31])
      expect(thrown(() => timeout(ms))).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'config' });
    expect(() => timeout(2 ** 31 - 1)).not.toThrow();
  });
});

describe('concurrency', () => {
  it('runs no more than its limit at once, in the order of the calls', async () => {
    let inside = 0;
    let most = 0;
    const order: string[] = [];
    const backend = fakeBackend({
      head: async (key) => {
        order.push(key);
        most = Math.max(most, ++inside);
        await sleep(2);
        inside--;
        return { ...INFO, key };
      },
    });
    const storage = withLayers(backend, 'files', [concurrency(3)]);
    const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
    await within(Promise.all(keys.map((key) => storage.head(key))));
    expect(most).toBe(3);
    expect(order).toEqual(keys);
  });

  it('loses no place to aborts in the queue, failures or timeouts', async () => {
    const storage = around(timeout(200), concurrency(1));
    const first = storage.put('first', stalled());
    const controllers = Array.from({ length: 5 }, () => new AbortController());
    const waiting = controllers.map(({ signal }, i) => storage.put(`k${i}`, 'x', { signal }));
    const failures = waiting.map((work) => expectCode(work, 'ABORTED'));
    await tick();
    controllers.forEach((controller) => controller.abort());
    await Promise.all(failures);
    await expectCode(first, 'TIMEOUT');
    await expectCode(storage.head('none'), 'NOT_FOUND');
    for (let i = 0; i < 3; i++) await within(storage.put('k', 'x'), 'a put after the aborts', 1_000);
    expect(await storage.exists('k0')).toBe(false);
  });

  it('ends the wait in the queue with a timeout that lies around it', async () => {
    const shared = concurrency(1);
    const holder = around(shared);
    const controller = new AbortController();
    const holding = holder.put('k', stalled(), { signal: controller.signal });
    const body = stalled();
    await expectCode(around(timeout(30), shared).put('l', body), 'TIMEOUT');
    await released(body);
    controller.abort();
    await expectCode(holding, 'ABORTED');
    await within(holder.put('k', 'x'));
  });

  it('gives the place of a get back when its body begins', async () => {
    const storage = around(concurrency(1));
    await storage.put('k', bytesOf(300 * KIB));
    const { body } = await storage.get('k');
    await within(storage.put('l', 'x'), 'a put beside an unread body', 1_000);
    body.destroy();
  });

  it('survives a source that fails while its put waits', async () => {
    const storage = around(concurrency(1));
    const controller = new AbortController();
    const holding = storage.put('first', stalled(), { signal: controller.signal });
    const body = stalled();
    const waiting = storage.put('second', body);
    const cause = new Error('The client went away');
    body.destroy(cause);
    await sleep(5);
    controller.abort();
    await expectCode(holding, 'ABORTED');
    expect((await expectCode(waiting, 'ABORTED')).cause).toBe(cause);
    await within(storage.put('third', 'x'));
  });
});

describe('observe, log and metrics', () => {
  it('tell of every operation once, with its outcome', async () => {
    const samples: MetricsSample[] = [];
    const storage = around(metrics({ record: (sample) => void samples.push(sample) }));
    await storage.put('secret/key', 'x');
    await storage.exists('none');
    await expectCode(storage.put('a//b', 'x'), 'INVALID_ARGUMENT');
    expect(samples.map(({ operation, code }) => `${operation} ${code}`)).toEqual([
      ...['put OK', 'head NOT_FOUND', 'put INVALID_ARGUMENT'],
    ]);
    for (const sample of samples) {
      expect(Object.keys(sample).sort()).toEqual(['backend', 'code', 'operation', 'seconds', 'storage']);
      expect(sample).toMatchObject({ storage: 'files', backend: 'memory' });
      expect(sample.seconds).toBeGreaterThanOrEqual(0);
      expect(sample.seconds).toBeLessThan(10);
      expect(JSON.stringify(sample)).not.toContain('secret');
    }
  });

  it('measure in seconds', async () => {
    const samples: MetricsSample[] = [];
    const slow: Layer = async (operation, next) => {
      await sleep(50);
      return next(operation);
    };
    await around(metrics({ record: (sample) => void samples.push(sample) }), slow).exists('k');
    expect(samples[0]?.seconds).toBeGreaterThan(0.04);
    // Milliseconds would be 50.
    expect(samples[0]?.seconds).toBeLessThan(20);
  });

  it('count what is no StorageError as UNKNOWN', async () => {
    const codes: string[] = [];
    const broken: Layer = () => Promise.reject(new Error('x'));
    await failure(
      around(
        observe((_, { code, error }) => void codes.push(code, String(error))),
        broken,
      ).head('k'),
    );
    expect(codes).toEqual(['UNKNOWN', 'undefined']);
  });

  it('make no operation fail by their own mistakes, asynchronous ones included', async () => {
    const unhandled: unknown[] = [];
    const listener = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', listener);
    try {
      const throwing = observe(() => {
        throw new Error('broken');
      });
      const failsLater: unknown = () => Promise.reject(new Error('broken'));
      const rejecting = observe(failsLater as () => void);
      const storage = around(throwing, rejecting);
      await storage.put('k', 'x');
      expect(await storage.text('k')).toBe('x');
      await expectCode(storage.head('none'), 'NOT_FOUND');
      await sleep(10);
      expect(unhandled).toEqual([]);
    } finally {
      process.off('unhandledRejection', listener);
    }
  });

  it('write failures as warnings and the rest as debug lines, without what is secret', async () => {
    const lines: string[] = [];
    const logger = {
      debug: (line: string) => void lines.push(`debug ${line}`),
      warn: (line: string) => void lines.push(`warn ${line}`),
    };
    const fail: Layer = (operation, next) => {
      if (operation.key !== 'denied') return next(operation);
      const cause = new Error('https://host/k?X-Amz-Signature=SECRET');
      throw new StorageError('PERMISSION_DENIED', `Refused: ${cause.message}`, { reason: 'policy', cause });
    };
    const storage = around(log(logger), fail);
    await storage.put('a\u202eb', 'CONTENT', { metadata: { token: 'METADATA' } });
    await storage.exists('none');
    await failure(storage.head('denied'));
    await failure(storage.put('line\nbreak', 'x'));
    expect(lines.map((line) => line.replace(/[\d.]+ ms/, 'N ms'))).toEqual([
      'debug files put "a\u202eb" OK N ms',
      'debug files head "none" NOT_FOUND N ms',
      'warn files head "denied" PERMISSION_DENIED N ms (policy)',
      'warn files put "line\\nbreak" INVALID_ARGUMENT N ms (key)',
    ]);
    for (const secret of ['SECRET', 'CONTENT', 'METADATA', '\n'])
      expect(lines.join('')).not.toContain(secret);
  });
});
