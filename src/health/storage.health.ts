import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { checkStorage, type StorageCheckOptions } from '../storage/check-storage.js';
import type { StorageService } from '../storage/storage.service.js';

/**
 * Tells Terminus whether a storage answers. Provide it in a module that imports `TerminusModule`:
 *
 * `health.check([() => storages.isHealthy('documents', documents)])`
 */
@Injectable()
export class StorageHealthIndicator {
  constructor(private readonly indicators: HealthIndicatorService) {}

  /**
   * The state of `storage`, as `key` of the health report: `latencyMs`, and `code` when it is down.
   * Waits at most `timeoutMs` (3,000) milliseconds and never throws.
   */
  async isHealthy<const Key extends string>(
    key: Key,
    storage: StorageService,
    options: StorageCheckOptions = {},
  ): Promise<HealthIndicatorResult<Key>> {
    const { status, ...details } = await checkStorage(storage, options);
    const session = this.indicators.check(key);
    return status === 'up' ? session.up(details) : session.down(details);
  }
}
