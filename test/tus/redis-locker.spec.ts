import { afterEach, describe, expect, it } from '@jest/globals';
import { StorageError } from '../../src/core/error.js';
import { RedisLocker } from '../../src/tus/index.js';
import { TcpProxy } from '../faults/tcp-proxy.js';
import { describeRedis } from '../servers/redis-server.js';
import { startServer, type RedisServer } from '../servers/start-server.mjs';
import { expectCode, thrown } from '../support/errors.js';
import { until } from '../support/until.js';
import { sleep, within } from '../support/within.js';
import { redisClients, type RedisTestClient } from './support/redis-clients.js';

const times = { leaseMs: 4_000, waitMs: 15_000 };
const never = new AbortController().signal;
const key = 'stowage:tus:a';

describe('A RedisLocker', () => {
  it('refuses arguments that are none', () => {
    const send = (): Promise<unknown> => Promise.resolve('OK');
    for (const [given, options, message] of [
      [undefined, {}, /what sends commands is undefined/],
      [{}, {}, /what sends commands is an object/],
      [send, null, /the options are null/],
      [send, { lease: 1 }, /no option lease/],
      [send, { leaseMs: 999 }, /leaseMs is 999/],
      [send, { leaseMs: 2 ** 31 }, /leaseMs is 2147483648/],
      [send, { waitMs: 0 }, /waitMs is 0/],
      [send, { prefix: 1 }, /prefix is a number/],
    ] as const) {
      const error = thrown(() => new RedisLocker(given as typeof send, options as object));
      expect([error.code, error.reason]).toEqual(['INVALID_ARGUMENT', 'config']);
      expect(error.message).toMatch(message);
    }
  });

  it.each([
    ['undefined', () => Promise.resolve(), /answered SET with undefined/],
    ['an object', () => Promise.resolve({}), /answered SET with object/],
    ['an error that is thrown', () => fail('closed'), /did not do SET: closed/],
    ['an error', () => Promise.reject(new Error('READONLY')), /did not do SET: READONLY/],
    ['no answer', () => new Promise(() => undefined), /did not answer SET within 1000 ms/],
  ])('is UNAVAILABLE with %s of the function that sends', async (_what, send, message) => {
    const lock = new RedisLocker(send, times).newLock('a');
    for (const take of [() => lock.lock(never, () => undefined), async () => lock.tryLock?.()]) {
      const error = await within<unknown>(take(), 'the lock', 10_000).catch((error: unknown) => error);
      expect(StorageError.is(error, 'UNAVAILABLE') && error.reason).toBe('locker');
      expect(String(error)).toMatch(message);
    }
  });

  describeRedis((server) => {
    describe.each(Object.entries(redisClients))('by %s', (_name, connect) => {
      const clients: RedisTestClient[] = [];
      let front: TcpProxy | undefined;
      const client = async (of: Pick<RedisServer, 'endpoint'> = server()): Promise<RedisTestClient> => {
        const made = await connect(of);
        clients.push(made);
        return made;
      };
      afterEach(async () => {
        clients.splice(0).forEach(({ close }) => close());
        await front?.close();
        front = undefined;
      });

      it('keeps no lock for longer than a lease, whatever becomes of its holder', async () => {
        const { send } = await client();
        await send(['SET', key, 'of somebody on another host', 'PX', '60000']);
        const { leaseMs } = times;
        const lock = new RedisLocker(send, times).newLock('a');
        const began = performance.now();
        await within(
          lock.lock(never, () => undefined),
          'the lock',
          15_000,
        );
        expect(performance.now() - began).toBeGreaterThanOrEqual(leaseMs);
        // It is renewed every second; what is left of it says so on a busy machine, too.
        for (let look = 0; look < 6; look++) {
          expect(Number(await send(['PTTL', key]))).toBeGreaterThan(400);
          expect(Number(await send(['PTTL', key]))).toBeLessThanOrEqual(leaseMs);
          await sleep(700);
        }
        await lock.unlock();
        expect(await send(['EXISTS', key])).toBe(0);
      });

      it('tells its holder that another one has it, and takes nothing from that one', async () => {
        const { send } = await client();
        const lock = new RedisLocker(send, times).newLock('a');
        let told = 0;
        await lock.lock(never, () => void told++);
        await send(['SET', key, '{"token":"another"}']);
        await until(() => told > 0);
        await lock.unlock();
        expect(await send(['GET', key])).toBe('{"token":"another"}');
        await send(['DEL', key]);
      });

      it('tells its holder that a Redis without its data has forgotten it', async () => {
        const { send } = await client();
        const lock = new RedisLocker(send, times).newLock('a');
        let told = 0;
        await lock.lock(never, () => void told++);
        await send(['FLUSHALL']);
        await until(() => told > 0);
        await lock.unlock();
      });

      it('tells its holder before its time is over when Redis stands still, and works when that goes on', async () => {
        const { send } = await client();
        const [one, other] = [new RedisLocker(send, times), new RedisLocker(send, times)];
        const held = one.newLock('a');
        let toldAt = 0;
        await held.lock(never, () => void (toldAt ||= performance.now()));
        const pid = server().processes.find(({ name }) => name === 'redis')?.pid ?? 0;
        process.kill(pid, 'SIGSTOP');
        try {
          const began = performance.now();
          await expectCode(
            other.newLock('a').lock(never, () => undefined),
            'UNAVAILABLE',
          );
          expect(performance.now() - began).toBeLessThan(times.leaseMs);
          await until(() => toldAt > 0);
          // The last renewal that was answered began before this moment.
          expect(toldAt - began).toBeLessThan(times.leaseMs);
          await within(held.unlock(), 'the end of the lock', 10_000);
        } finally {
          process.kill(pid, 'SIGCONT');
        }
        const next = other.newLock('a');
        await within(
          next.lock(never, () => undefined),
          'the lock',
          15_000,
        );
        await next.unlock();
        expect(await send(['EXISTS', key])).toBe(0);
      });

      it('is UNAVAILABLE while Redis is gone, and works with the next one', async () => {
        const mortal = await startServer('redis');
        // Its port may be another's when the next one starts; that of the proxy is kept.
        front = await TcpProxy.start(mortal.endpoint);
        const { send } = await client({ endpoint: front.endpoint.replace('http:', 'redis:') });
        const locker = new RedisLocker(send, times);
        const held = locker.newLock('a');
        let told = 0;
        await held.lock(never, () => void told++);
        process.kill(mortal.processes.find(({ name }) => name === 'redis')?.pid ?? 0, 'SIGKILL');
        front.leadTo(undefined);
        await expectCode(
          locker.newLock('b').lock(never, () => undefined),
          'UNAVAILABLE',
        );
        await until(() => told > 0);
        await within(held.unlock(), 'the end of the lock', 10_000);
        await expect(mortal.stop()).rejects.toThrow('redis ended');
        const next = await startServer('redis');
        front.leadTo(next.endpoint);
        const again = locker.newLock('a');
        await until(async () => {
          try {
            await again.lock(never, () => undefined);
            return true;
          } catch (error) {
            if (StorageError.is(error, 'UNAVAILABLE')) return false;
            throw error;
          }
        });
        await again.unlock();
        await next.stop();
      }, 30_000);

      it('says what Redis refuses', async () => {
        const { send } = await client();
        await send(['LPUSH', key, 'no lock']);
        const error = await new RedisLocker(send, times)
          .newLock('a')
          .lock(never, () => undefined)
          .catch((error: unknown) => error);
        expect(StorageError.is(error, 'UNAVAILABLE') && error.message).toMatch(/did not do GET: WRONGTYPE/);
        await send(['DEL', key]);
      });
    });
  });
});

function fail(message: string): never {
  throw new Error(message);
}
