import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ServedStorages } from '../served-storages.js';
import { HourlySweep } from './hourly-sweep.js';
import { sweepPending } from './sweep-pending.js';
import type { SweepPendingOptions, SweptPending } from './swept-pending.js';

/**
 * What clients have sent past this server and never confirmed. Where the application has the ScheduleModule of `@nestjs/schedule`, it
 * is swept each hour; where it has not, call `sweep` as often as that.
 */
@Injectable()
export class PendingUploads implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly hourly: HourlySweep;

  constructor(
    @Inject(ServedStorages) private readonly storages: ServedStorages,
    @Inject(ModuleRef) modules: ModuleRef,
  ) {
    this.hourly = new HourlySweep(modules, {
      name: 'nestjs-stowage:pending',
      context: 'StorageHttp',
      fate: 'were never confirmed',
      sweep: (options) => this.sweepAll(options),
    });
  }

  /**
   * Removes what nobody wrote to for `olderThanHours` (two days), in each storage that has `direct` or `tus`: objects, and uploads in
   * parts. What is just being confirmed stays.
   * @returns What became of each. What a storage refuses is a result.
   * @throws StorageError INVALID_ARGUMENT; ABORTED by the signal, or when the application ends meanwhile.
   */
  sweep(options: SweepPendingOptions = {}): Promise<readonly SweptPending[]> {
    return this.hourly.now(options);
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.storages.all().some(({ pending }) => pending)) await this.hourly.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.hourly.end();
  }

  private async sweepAll(options: SweepPendingOptions): Promise<readonly SweptPending[]> {
    const swept: SweptPending[] = [];
    for (const { storage, pending } of this.storages.all())
      if (pending) for (const one of await sweepPending(storage, pending, options)) swept.push(one);
    return swept;
  }
}
