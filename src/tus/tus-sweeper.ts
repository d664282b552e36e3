import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { HourlySweep } from '../http/pending/hourly-sweep.js';
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
  private readonly hourly: HourlySweep;

  constructor(
    @Inject(TusServer) private readonly server: TusServer,
    @Inject(ModuleRef) modules: ModuleRef,
  ) {
    this.hourly = new HourlySweep(modules, {
      name: 'nestjs-stowage:tus',
      context: 'StorageTus',
      fate: 'have expired',
      sweep: (signal) => this.sweepAll(signal),
    });
  }

  onApplicationBootstrap(): Promise<void> {
    return this.hourly.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.hourly.end();
  }

  /**
   * Sweeps all storages that take tus uploads, and tells for each what was removed.
   * @throws StorageError what a list throws.
   */
  sweep(): Promise<readonly SweptTus[]> {
    return this.sweepAll();
  }

  private async sweepAll(signal?: AbortSignal): Promise<readonly SweptTus[]> {
    const results: SweptTus[] = [];
    for (const { uploads, locker } of this.server.all())
      results.push(await sweepTus(uploads, whileIdle(locker), signal));
    return results;
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
