import { StorageError } from '../../core/error.js';
import type { KeptLease, LeasePlace } from '../../http/pending/lock/lease-place.js';
import { readLease, writeLease, type LeaseText } from '../../http/pending/lock/lease-text.js';

/** A command of Redis and its arguments: https://redis.io/docs/latest/commands/ */
export type RedisCommand = readonly [name: string, ...args: string[]];

/** Sends a command and gives what Redis answers; rejects when Redis refuses it, or cannot be reached. */
export type SendRedisCommand = (command: RedisCommand) => Promise<unknown>;

/** A script runs as a whole: https://redis.io/docs/latest/develop/programmability/eval-intro/ */
const REPLACE = `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;
const REMOVE = `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

/** One value of Redis, whose version is the value itself. It is gone when nobody has renewed it for as long as a lease. */
export class RedisLease implements LeasePlace {
  constructor(
    private readonly send: SendRedisCommand,
    private readonly key: string,
    private readonly leaseMs: number,
  ) {}

  async make(text: LeaseText): Promise<KeptLease | undefined> {
    const value = writeLease(text);
    const answer = await this.ask(['SET', this.key, value, 'NX', 'PX', String(this.leaseMs)]);
    return answer === undefined ? undefined : kept(value);
  }

  async replace(etag: string, text: LeaseText): Promise<KeptLease | undefined> {
    const value = writeLease(text);
    const done = await this.evaluate(REPLACE, etag, value, String(this.leaseMs));
    return done ? kept(value) : undefined;
  }

  async read(): Promise<KeptLease | undefined> {
    const value = await this.ask(['GET', this.key]);
    return value === undefined ? undefined : kept(value);
  }

  async remove(ours: KeptLease): Promise<void> {
    try {
      // Somebody who waits may have written into it: once in the life of a lease.
      for (let now: KeptLease | undefined = ours; now?.token === ours.token; now = await this.read())
        if (await this.evaluate(REMOVE, now.etag)) return;
    } catch {
      // Redis removes it when its time is over.
    }
  }

  private async evaluate(script: string, ...args: readonly string[]): Promise<boolean> {
    return (await this.ask(['EVAL', script, '1', this.key, ...args])) === '1';
  }

  /** Undefined: nil. @throws StorageError UNAVAILABLE, reason `locker`. */
  private async ask(command: RedisCommand): Promise<string | undefined> {
    const answer = await this.within(command);
    if (answer === null) return undefined;
    if (Buffer.isBuffer(answer)) return answer.toString();
    if (typeof answer === 'string' || typeof answer === 'number' || typeof answer === 'bigint')
      return String(answer);
    throw unavailable(
      `Redis answered ${command[0]} with ${typeof answer}: does the function that sends it return that?`,
    );
  }

  /** A client that has lost its connection keeps commands until it has another one. What it sends then finds another version. */
  private async within(command: RedisCommand): Promise<unknown> {
    const ms = this.leaseMs / 4;
    let timer: NodeJS.Timeout | undefined;
    try {
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(
          () => reject(unavailable(`Redis did not answer ${command[0]} within ${ms} ms`)),
          ms,
        ).unref();
      });
      return await Promise.race([this.send(command), late]);
    } catch (error) {
      if (StorageError.is(error)) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw unavailable(`Redis did not do ${command[0]}: ${why}`, error);
    } finally {
      clearTimeout(timer);
    }
  }
}

function kept(value: string): KeptLease {
  return { ...readLease(value), etag: value };
}

function unavailable(message: string, cause?: unknown): StorageError {
  return new StorageError('UNAVAILABLE', message, { reason: 'locker', cause });
}
