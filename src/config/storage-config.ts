import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { StorageError } from '../core/error.js';
import { readEnv, type StorageEnv } from './env.js';
import { misnamed } from './misnamed.js';

/** What the application's configuration says of its storages. Import StorageConfigModule to inject it. */
@Injectable()
export class StorageConfig {
  private readonly logger = new Logger('StorageModule');
  private told = false;
  private readonly misnamed = new Set<string>();

  constructor(@Optional() @Inject(ConfigService) private readonly config: ConfigService | undefined) {}

  /**
   * The checked environment, with the buckets of the storages `names`. The first call logs which variables are
   * set and not acted upon yet; each name that seems to be a slip of another is logged once.
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
    this.tellMisnamed(config, env, names);
    return env;
  }

  /** Of the variables of the process, that a `.env` file is read into. One that the ConfigService does not give is none. */
  private tellMisnamed(config: ConfigService, { provider }: StorageEnv, names: readonly string[]): void {
    const set = Object.keys(process.env).filter((name) => config.get<unknown>(name) !== undefined);
    for (const { name, meant } of misnamed(set, provider, names)) {
      if (this.misnamed.has(name)) continue;
      this.misnamed.add(name);
      this.logger.warn(`${name} is set, and nothing reads it: is ${meant} meant?`);
    }
  }
}
