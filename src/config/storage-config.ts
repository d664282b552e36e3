import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { StorageError } from '../core/error.js';
import { readEnv, type StorageEnv } from './env.js';

/** What the application's configuration says of its storages. Import StorageConfigModule to inject it. */
@Injectable()
export class StorageConfig {
  private readonly logger = new Logger('StorageModule');
  private told = false;

  constructor(@Optional() @Inject(ConfigService) private readonly config: ConfigService | undefined) {}

  /**
   * The checked environment, with the buckets of the storages `names`. The first call logs which variables are
   * set and not acted upon yet.
   * @throws StorageError INVALID_ARGUMENT, reason `config`, with all that is wrong, or when there is no ConfigService.
   */
  env(names: readonly string[] = []): StorageEnv {
    const { config } = this;
    if (!config) {
      throw new StorageError(
        'INVALID_ARGUMENT',
        'StorageModule.fromConfig finds no ConfigService: add ConfigModule.forRoot({ isGlobal: true }) of ' +
          '@nestjs/config to the imports of the root module',
        { reason: 'config' },
      );
    }
    const env = readEnv((name) => config.get<unknown>(name), names);
    if (!this.told && env.inactive.length > 0) {
      this.logger.warn(`Set, but not acted upon yet: ${env.inactive.join(', ')}`);
    }
    this.told = true;
    return env;
  }
}
