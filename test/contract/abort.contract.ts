import { expect } from '@jest/globals';
import { StorageError } from '../../src/core/error.js';
import type { OperationOptions } from '../../src/core/options.js';
import type { StorageService } from '../../src/storage/storage.service.js';
import { bytesOf, MIB, readAll, released, stalled } from '../support/bodies.js';
import { expectCode, failure } from '../support/errors.js';
import { sleep, within } from '../support/within.js';
import { fill, keysOf } from './delete.contract.js';
import type { Theme } from './suite.js';

/** An aborted operation must end within this time: what it is aborted in would never end. */
const PROMPT = 10_000;

const OPERATIONS: Readonly<
  Record<string, (storage: StorageService, options: OperationOptions) => Promise<unknown>>
> = {
  put: (storage, options) => storage.put('new', 'x', options),
  get: (storage, options) => storage.get('k', options),
  stream: (storage, options) => storage.stream('k', options),
  bytes: (storage, options) => storage.bytes('k', options),
  text: (storage, options) => storage.text('k', options),
  head: (storage, options) => storage.head('k', options),
  exists: (storage, options) => storage.exists('k', options),
  delete: (storage, options) => storage.delete('k', options),
  deleteMany: (storage, options) => storage.deleteMany(['k', 'l'], options),
  deletePrefix: (storage, options) => storage.deletePrefix('k', options),
  copy: (storage, options) => storage.copy('k', 'new', options),
  move: (storage, options) => storage.move('k', 'new', options),
  page: (storage, options) => storage.page(options),
  list: (storage, options) => storage.list('', options).next(),
};

export const abort: Theme = (test) => {
  for (const [name, perform] of Object.entries(OPERATIONS)) {
    test(`${name} does nothing when its signal is aborted already`, async (storage) => {
      await fill(storage, ['k', 'l']);
      const error = await failure(perform(storage, { signal: AbortSignal.abort() }), PROMPT);
      expect(error.code).toBe('ABORTED');
      expect(await keysOf(storage)).toEqual(['k', 'l']);
    });

    test(`${name} ends with the StorageError that its signal was aborted with`, async (storage) => {
      await fill(storage, ['k', 'l']);
      const reason = new StorageError('TIMEOUT', 'The budget of the request is spent', { reason: 'budget' });
      const error = await failure(perform(storage, { signal: AbortSignal.abort(reason) }), PROMPT);
      expect([error.code, error.reason]).toEqual(['TIMEOUT', 'budget']);
      expect(await keysOf(storage)).toEqual(['k', 'l']);
    });

    test(`${name} ends soon when its signal aborts while it runs`, async (storage) => {
      await fill(storage, ['k', 'l']);
      const controller = new AbortController();
      const work = perform(storage, { signal: controller.signal });
      const outcome = within(
        work.then(
          () => 'done',
          (error: unknown) => (StorageError.is(error) ? error.code : error),
        ),
        name,
        PROMPT,
      );
      controller.abort();
      expect(['done', 'ABORTED', 'OUTCOME_UNKNOWN']).toContain(await outcome);
      for (const key of await keysOf(storage)) expect((await storage.text(key)).length).toBe(1);
    });
  }

  test('a put ends soon when its source stalls and its signal aborts, and stores nothing', async (storage) => {
    const controller = new AbortController();
    const body = stalled();
    const work = storage.put('k', body, { signal: controller.signal });
    setTimeout(() => controller.abort(), 30);
    expect((await failure(work, PROMPT)).code).toBe('ABORTED');
    await released(body);
    expect(await storage.exists('k')).toBe(false);
    expect(await keysOf(storage)).toEqual([]);
  });

  test('a put ends soon when an async iterable stalls and its signal aborts', async (storage) => {
    const controller = new AbortController();
    async function* source(): AsyncGenerator<string> {
      yield 'first';
      await new Promise(() => undefined);
    }
    const work = storage.put('k', source(), { signal: controller.signal });
    setTimeout(() => controller.abort(), 30);
    expect((await failure(work, PROMPT)).code).toBe('ABORTED');
    expect(await storage.exists('k')).toBe(false);
  });

  test('a put ends soon when a web stream stalls and its signal aborts', async (storage) => {
    const controller = new AbortController();
    let cancelled = false;
    const source = new ReadableStream<Uint8Array>({
      start: (control) => control.enqueue(Buffer.from('first')),
      cancel: () => void (cancelled = true),
    });
    const work = storage.put('k', source, { signal: controller.signal });
    setTimeout(() => controller.abort(), 30);
    expect((await failure(work, PROMPT)).code).toBe('ABORTED');
    for (let waited = 0; !cancelled && waited < PROMPT; waited += 5) await sleep(5);
    expect(cancelled).toBe(true);
    expect(await storage.exists('k')).toBe(false);
  });

  test('an aborted put leaves the old content', async (storage) => {
    await storage.put('k', 'old content', { metadata: { a: '1' } });
    const controller = new AbortController();
    const work = storage.put('k', stalled(), { signal: controller.signal, metadata: { b: '2' } });
    setTimeout(() => controller.abort(), 30);
    await failure(work, PROMPT);
    expect(await storage.text('k')).toBe('old content');
    expect((await storage.head('k')).metadata).toEqual({ a: '1' });
  });

  test('an aborted put ends with the StorageError that its signal was aborted with', async (storage) => {
    const controller = new AbortController();
    const work = storage.put('k', stalled(), { signal: controller.signal });
    const reason = new StorageError('TIMEOUT', 'It took too long');
    setTimeout(() => controller.abort(reason), 30);
    expect((await failure(work, PROMPT)).code).toBe('TIMEOUT');
    expect(await storage.exists('k')).toBe(false);
  });

  test('a put that is aborted among its chunks stores all or nothing', async (storage) => {
    await storage.put('k', 'old content');
    for (let i = 1; i <= 8; i++) {
      const controller = new AbortController();
      async function* source(): AsyncGenerator<Uint8Array> {
        for (let chunk = 1; chunk <= 8; chunk++) {
          if (chunk === i) controller.abort();
          yield await Promise.resolve(bytesOf(10_000, chunk));
        }
      }
      await expectCode(storage.put('k', source(), { signal: controller.signal }), 'ABORTED');
      expect(await storage.text('k')).toBe('old content');
    }
    expect(await keysOf(storage)).toEqual(['k']);
  });

  test('the body of a get ends when the signal of its caller aborts', async (storage) => {
    await storage.put('k', bytesOf(5 * MIB));
    const controller = new AbortController();
    const { body } = await storage.get('k', { signal: controller.signal });
    controller.abort();
    await expectCode(readAll(body), 'ABORTED');
    await released(body);
  });

  test('the body of a get ends half way with the StorageError of the signal', async (storage) => {
    await storage.put('k', bytesOf(5 * MIB));
    const controller = new AbortController();
    const { body } = await storage.get('k', { signal: controller.signal });
    const reading = async () => {
      for await (const chunk of body) {
        expect((chunk as Buffer).length).toBeGreaterThan(0);
        controller.abort(new StorageError('TIMEOUT', 'The client is too slow'));
        await sleep(1);
      }
      // A body small enough to be read at once may have ended before.
      if (!body.readableEnded) throw new Error('The body ended early without an error');
      throw new StorageError('TIMEOUT', 'It was read at once');
    };
    await expectCode(reading(), 'TIMEOUT');
    await released(body);
  });

  test('a body that nobody reads survives its abort', async (storage) => {
    await storage.put('k', bytesOf(MIB));
    const controller = new AbortController();
    const { body } = await storage.get('k', { signal: controller.signal });
    controller.abort();
    await released(body);
    expect(body.destroyed).toBe(true);
  });

  test('a signal that aborts after the end changes nothing', async (storage) => {
    const controller = new AbortController();
    await storage.put('k', 'content', { signal: controller.signal });
    const text = await storage.text('k', { signal: controller.signal });
    await storage.copy('k', 'l', { signal: controller.signal });
    controller.abort();
    await sleep(5);
    expect(text).toBe('content');
    expect(await keysOf(storage)).toEqual(['k', 'l']);
  });

  test('deleteMany ends when its signal aborts on the way', async (storage) => {
    const many = Array.from({ length: 300 }, (_, i) => `k${i}`);
    await fill(storage, many);
    const controller = new AbortController();
    const work = storage.deleteMany(many, { signal: controller.signal });
    setImmediate(() => controller.abort());
    const outcome = await within(
      work.then(
        () => 'done',
        (error: unknown) => (StorageError.is(error) ? error.code : error),
      ),
      'deleteMany',
      PROMPT,
    );
    expect(['done', 'ABORTED', 'OUTCOME_UNKNOWN']).toContain(outcome);
    // Only this code leaves open what is there.
    if (outcome === 'ABORTED') expect((await keysOf(storage)).length).toBe(many.length);
  });
};
