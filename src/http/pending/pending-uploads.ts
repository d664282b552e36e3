import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ServedStorages } from '../served-storages.js';
import { HourlySweep } from './hourly-sweep.js';
import { sweepPending, type SweepPendingOptions, type SweptPending } from './sweep-pending.js';

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
      sweep: (signal) => this.sweep({ signal }),
    });
  }

  /**
   * Removes what nobody wrote to for `olderThanMs` (two days), in each storage that has `direct`: objects and uploads in parts.
   * @returns What became of each storage. @throws StorageError INVALID_ARGUMENT; ABORTED by the signal.
   */
  async sweep(options: SweepPendingOptions = {}): Promise<readonly SweptPending[]> {
    const swept: SweptPending[] = [];
    for (const { storage, pending } of this.storages.all())
      if (pending) swept.push(await sweepPending(storage, pending, options));
    return swept;
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.storages.all().some(({ pending }) => pending)) await this.hourly.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.hourly.end();
  }
}
