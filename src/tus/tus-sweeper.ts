import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { everyHour } from '../http/pending/every-hour.js';
import type { TusLocker } from './tus.options.js';
import { TusServer } from './tus-server.js';
import { sweepTus, type SweptTus, type WhileIdle } from './upload/sweep-tus.js';

/** Milliseconds in which nobody has a lock that is free. */
const IDLE_MS = 1_000;

/**
 * Removes uploads that have expired. Where the application has ScheduleModule of `@nestjs/schedule`, every hour; else call `sweep`.
 * One instance is enough, several do no harm.
 */
@Injectable()
export class TusSweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('StorageTus');
  private readonly ended = new AbortController();
  private stop: (() => void) | undefined;
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(TusServer) private readonly server: TusServer,
    @Inject(ModuleRef) private readonly modules: ModuleRef,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.stop = await everyHour(this.modules, 'nestjs-stowage:tus', () => {
      this.running = this.sweepAndLog();
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stop?.();
    this.ended.abort();
    await this.running;
  }

  /**
   * Sweeps all storages that take tus uploads, and tells for each what was removed.
   * @throws StorageError ABORTED when the application ends meanwhile; what a list throws.
   */
  async sweep(): Promise<readonly SweptTus[]> {
    const results: SweptTus[] = [];
    for (const { uploads, locker } of this.server.all())
      results.push(await sweepTus(uploads, whileIdle(locker), this.ended.signal));
    return results;
  }

  private async sweepAndLog(): Promise<void> {
    try {
      for (const { storage, errors } of await this.sweep())
        for (const error of errors) this.logger.warn(`A sweep of "${storage}" failed: ${error.message}`);
    } catch (error) {
      if (this.ended.signal.aborted) return;
      this.logger.warn(`A sweep failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** A lock that somebody has is left alone, where the locker can tell. */
function whileIdle(locker: TusLocker): WhileIdle {
  return async (id, work) => {
    const lock = locker.newLock(id);
    try {
      if (!lock.tryLock) await lock.lock(AbortSignal.timeout(IDLE_MS), () => undefined);
      else if (!(await lock.tryLock())) return undefined;
    } catch {
      return undefined;
    }
    try {
      return await work();
    } finally {
      await lock.unlock();
    }
  };
}
