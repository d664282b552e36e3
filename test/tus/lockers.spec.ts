import { afterEach, describe, expect, it } from '@jest/globals';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { StorageError } from '../../src/core/error.js';
import { MAX_TIMER_MS } from '../../src/core/max-timer.js';
import type { PutOptions } from '../../src/core/options.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { RedisLocker, type TusLocker } from '../../src/tus/index.js';
import { StorageLocker } from '../../src/tus/lock/storage-locker.js';
import { forEachPlace } from '../http/support/places.js';
import { describeRedis } from '../servers/redis-server.js';
import { sleep, within } from '../support/within.js';
import { redisClients } from './support/redis-clients.js';

/** A lease is told of, and given up, long before a busy machine lets it end. */
const times = { leaseMs: 3_000, waitMs: 15_000 };
const never = new AbortController().signal;

/** Lockers of one place. */
interface LockerPlace {
  /** That of another instance, where the place is more than a process. */
  readonly locker: () => TusLocker;
  /** What is written down of the lock of an upload. */
  readonly written: (id: string) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

function lockerContract(open: () => Promise<LockerPlace>): void {
  let place: LockerPlace | undefined;
  afterEach(() => place?.close());
  const two = async (): Promise<readonly [TusLocker, TusLocker]> => {
    place = await open();
    return [place.locker(), place.locker()];
  };

  it('gives a lock to one at a time, and at last to each', async () => {
    const lockers = await two();
    let [inside, most, done] = [0, 0, 0];
    const works = Array.from({ length: 6 }, async (_, n) => {
      const lock = lockers[n % 2]?.newLock('a');
      await lock?.lock(never, () => undefined);
      most = Math.max(most, ++inside);
      await sleep(20);
      inside--;
      done++;
      await lock?.unlock();
    });
    await within(Promise.all(works), 'all of them', 25_000);
    expect([most, done]).toEqual([1, 6]);
    expect(await place?.written('a')).toBeUndefined();
  }, 30_000);

  it('asks whoever has it to end, and waits for that', async () => {
    const [one, other] = await two();
    const held = one.newLock('a');
    let asked = 0;
    await held.lock(never, () => {
      if (asked++ === 0) setTimeout(() => void held.unlock(), 30);
    });
    const next = other.newLock('a');
    await within(
      next.lock(never, () => undefined),
      'the lock',
      15_000,
    );
    expect(asked).toBeGreaterThan(0);
    await next.unlock();
    expect(await place?.written('a')).toBeUndefined();
  });

  it('keeps it for longer than a lease, and answers who waits too long with 423', async () => {
    const [one, other] = await two();
    const held = one.newLock('a');
    await held.lock(never, () => undefined);
    const waits = other.newLock('a').lock(AbortSignal.timeout(5_000), () => undefined);
    await expect(waits).rejects.toMatchObject({ status_code: 423 });
    await held.unlock();
    const next = other.newLock('a');
    await next.lock(never, () => undefined);
    await next.unlock();
    await next.unlock();
    expect(await place?.written('a')).toBeUndefined();
  });

  it('is tried without asking anybody to end', async () => {
    const [one, other] = await two();
    const held = one.newLock('a');
    let asked = 0;
    await held.lock(never, () => void asked++);
    expect(await one.newLock('a').tryLock?.()).toBe(false);
    expect(await other.newLock('a').tryLock?.()).toBe(false);
    expect(asked).toBe(0);
    await held.unlock();
    const tried = other.newLock('a');
    expect(await tried.tryLock?.()).toBe(true);
    expect(await one.newLock('a').tryLock?.()).toBe(false);
    await tried.unlock();
    expect(await place?.written('a')).toBeUndefined();
  });

  it('has a lock for each upload', async () => {
    const [one, other] = await two();
    const locks = [one.newLock('a'), other.newLock('b')];
    for (const lock of locks)
      await within(
        lock.lock(never, () => undefined),
        'the lock',
        15_000,
      );
    for (const lock of locks) await lock.unlock();
  });
}

/** As a storage that knows no conditional writes. */
class Unconditional extends MemoryBackend {
  override put(...[key, body, options]: Parameters<MemoryBackend['put']>): ReturnType<MemoryBackend['put']> {
    const { ifAbsent, ifMatch }: PutOptions = options;
    if (ifAbsent === undefined && ifMatch === undefined) return super.put(key, body, options);
    return Promise.reject(new StorageError('UNSUPPORTED', 'No condition', { reason: 'putIfAbsent' }));
  }
}

const ofStorage = (storage: StorageService): Pick<LockerPlace, 'locker' | 'written'> => ({
  locker: () => new StorageLocker(storage, 'tus/', times),
  written: async (id) => ((await storage.exists(`tus/${id}/lock`)) ? true : undefined),
});

describe('The locks of uploads', () => {
  it('can be tried with the longest lease that there is', async () => {
    const locker = new StorageLocker(new StorageService('files', new MemoryBackend()), 'tus/', {
      leaseMs: MAX_TIMER_MS,
    });
    const lock = locker.newLock('a');
    expect(await lock.tryLock?.()).toBe(true);
    await lock.unlock();
  });

  describe('within a process', () => {
    lockerContract(() => {
      const place = ofStorage(new StorageService('files', new Unconditional()));
      const locker = place.locker();
      return Promise.resolve({ ...place, locker: () => locker, close: () => Promise.resolve() });
    });
  });

  forEachPlace(
    (place) =>
      lockerContract(async () => {
        const { backend, destroy } = await place.open();
        return { ...ofStorage(new StorageService('files', backend)), close: destroy };
      }),
    ['express'],
    ['memory', 'local', 'minio'],
  );

  describeRedis((server) => {
    describe.each(Object.entries(redisClients))('by %s', (_name, connect) => {
      lockerContract(async () => {
        const client = await connect(server());
        return {
          locker: () => new RedisLocker(client.send, times),
          written: async (id) => (await client.send(['GET', `stowage:tus:${id}`])) ?? undefined,
          close: () => Promise.resolve(client.close()),
        };
      });
    });
  });
});
