import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ServedStorages } from '../served-storages.js';
import { everyHour } from './every-hour.js';
import { sweepPending, type SweepPendingOptions, type SweptPending } from './sweep-pending.js';

/**
 * What clients have sent past this server and never confirmed. Where the application has the ScheduleModule of `@nestjs/schedule`, it
 * is swept each hour; where it has not, call `sweep` as often as that.
 */
@Injectable()
export class PendingUploads implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('StorageHttp');
  private readonly ended = new AbortController();
  private stop: (() => void) | undefined;
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(ServedStorages) private readonly storages: ServedStorages,
    @Inject(ModuleRef) private readonly modules: ModuleRef,
  ) {}

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
    if (!this.storages.all().some(({ pending }) => pending)) return;
    this.stop = await everyHour(this.modules, 'nestjs-stowage:pending', () => {
      this.running = this.sweepNow();
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stop?.();
    this.ended.abort();
    await this.running;
  }

  private async sweepNow(): Promise<void> {
    try {
      for (const { storage, removed, errors } of await this.sweep({ signal: this.ended.signal })) {
        if (removed > 0)
          this.logger.log(`${removed} uploads to "${storage}" were never confirmed, and are gone`);
        for (const { message } of errors)
          this.logger.warn(
            `An upload to "${storage}" that was never confirmed could not be removed: ${message}`,
          );
      }
    } catch (error) {
      if (!this.ended.signal.aborted)
        this.logger.error(
          'What was never confirmed could not be swept',
          error instanceof Error ? error.stack : error,
        );
    }
  }
}
