import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { throwIfAborted } from '../core/abort.js';
import { HourlySweep } from '../http/pending/hourly-sweep.js';
import type { SweepPendingOptions, SweptPending } from '../http/pending/swept-pending.js';
import type { TusLocker } from './tus.options.js';
import { TusServer } from './tus-server.js';
import { sweepTus, type WhileIdle } from './upload/sweep-tus.js';

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
      sweep: (options) => this.sweepAll(options),
    });
  }

  onApplicationBootstrap(): Promise<void> {
    return this.hourly.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.hourly.end();
  }

  /**
   * Removes what has expired from all storages that take tus uploads, with the records of uploads that were completed as long ago.
   * What a request works at stays.
   * @returns What became of each upload: the shape is that of `PendingUploads.sweep`.
   * @throws StorageError INVALID_ARGUMENT; ABORTED by the signal, or when the application ends meanwhile.
   */
  sweep(options: SweepPendingOptions = {}): Promise<readonly SweptPending[]> {
    return this.hourly.now(options);
  }

  private async sweepAll(options: SweepPendingOptions): Promise<readonly SweptPending[]> {
    const swept: SweptPending[] = [];
    for (const { uploads, locker } of this.server.all())
      for (const one of await sweepTus(uploads, whileIdle(locker), options)) swept.push(one);
    return swept;
  }
}

/** A lock that somebody has is left alone, where the locker can tell. */
function whileIdle(locker: TusLocker): WhileIdle {
  return async (id, work, signal) => {
    const lock = locker.newLock(id);
    try {
      if (!lock.tryLock) await lock.lock(idle(signal), () => undefined);
      else if (!(await lock.tryLock())) return undefined;
    } catch {
      throwIfAborted(signal);
      return undefined;
    }
    try {
      return await work();
    } finally {
      await lock.unlock();
    }
  };
}

function idle(signal: AbortSignal | undefined): AbortSignal {
  const enough = AbortSignal.timeout(IDLE_MS);
  return signal ? AbortSignal.any([enough, signal]) : enough;
}
