import { Controller, Get, Header, HttpCode, Inject, Res, UseFilters, type Type } from '@nestjs/common';
import { checkStorage, type StorageHealth } from '../storage/check-storage.js';
import { ServedStorages } from './served-storages.js';
import { StorageExceptionFilter } from './errors/storage-exception.filter.js';
import type { StorageHttpHealthOptions } from './storage-http.options.js';

const DEFAULT_TIMEOUT_MS = 2000;

/** What the health route answers. */
export interface StorageHttpHealth {
  /** `up` when every storage is. */
  readonly status: 'up' | 'down';
  readonly storages: Readonly<Record<string, StorageHealth>>;
}

/** The controller of the health route of one import. */
export function createHealthController({ timeoutMs = DEFAULT_TIMEOUT_MS }: StorageHttpHealthOptions): Type {
  @Controller()
  @UseFilters(StorageExceptionFilter)
  class StorageHealthController {
    private running: Promise<StorageHttpHealth> | undefined;

    constructor(@Inject(ServedStorages) private readonly storages: ServedStorages) {}

    @Get()
    @HttpCode(200)
    @Header('Cache-Control', 'no-store')
    async health(
      @Res({ passthrough: true }) response: { status(code: number): unknown },
    ): Promise<StorageHttpHealth> {
      // Requests at the same time share one check: it needs no authorization, and must not become a lever.
      this.running ??= this.check().finally(() => (this.running = undefined));
      const health = await this.running;
      if (health.status === 'down') response.status(503);
      return health;
    }

    private async check(): Promise<StorageHttpHealth> {
      const checks = await Promise.all(
        this.storages
          .all()
          .map(async ({ name, storage }) => [name, await checkStorage(storage, { timeoutMs })] as const),
      );
      const down = checks.some(([, { status }]) => status === 'down');
      return { status: down ? 'down' : 'up', storages: Object.fromEntries(checks) };
    }
  }
  return StorageHealthController;
}
