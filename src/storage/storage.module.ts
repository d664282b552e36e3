import { Module, type DynamicModule, type FactoryProvider } from '@nestjs/common';
import { createBackend } from '../config/create-backend.js';
import { StorageConfigModule } from '../config/storage-config.module.js';
import { StorageConfig } from '../config/storage-config.js';
import { assertAsyncOptions, assertConfigOptions, assertRootOptions } from './check-module-options.js';
import { imported, importedBare } from './imported.js';
import { getOptionsToken } from './options-token.js';
import { storageProviders } from './storage-providers.js';
import { StorageRegistryModule } from './storage-registry.module.js';
import {
  ConfigurableModuleClass,
  type ASYNC_OPTIONS_TYPE,
  type OPTIONS_TYPE,
} from './storage.module-definition.js';
import type { StorageConfigOptions, StorageModuleOptions } from './storage.options.js';
import { DEFAULT_STORAGE, getBackendToken, getStorageToken } from './storage.tokens.js';

/**
 * Gives an application its storages: each import one, the default one or one with a name.
 *
 * A storage is injected by `StorageService` or `@InjectStorage(name)`, its layered backend by
 * `STORAGE_BACKEND` or `@Inject(getBackendToken(name))`. A mistake ends the start of the application with a
 * StorageError INVALID_ARGUMENT (reason `config`), a missing capability with UNSUPPORTED.
 */
@Module({ providers: [importedBare] })
export class StorageModule extends ConfigurableModuleClass {
  /** A storage whose options are at hand. @throws StorageError INVALID_ARGUMENT for a name that is none. */
  static override forRoot(options: typeof OPTIONS_TYPE): DynamicModule {
    assertRootOptions(options);
    const { name, global, ...rest } = options;
    // By a factory, because Nest may serialise the metadata of a module, and a live backend is none.
    return this.forRootAsync({
      ...(name !== undefined && { name }),
      ...(global !== undefined && { global }),
      useFactory: () => rest,
    });
  }

  /**
   * A storage whose options come from `useFactory`, or from `createStorageOptions` of `useClass` or `useExisting`.
   * `name` and `global` stand beside them. @throws StorageError INVALID_ARGUMENT.
   */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    assertAsyncOptions(options);
    return super.forRootAsync(options);
  }
  /**
   * Storages as the environment describes them: docs/configuration.md has the variables. Without `names` it is the
   * default storage. With `names` it is these and no other: the default storage only when `default` is among them,
   * so that an injected `StorageService` never turns out to be one of the named storages.
   * Everything is read by the ConfigService of a global ConfigModule.
   * @throws StorageError INVALID_ARGUMENT for options that are none; what is wrong in the environment ends the start.
   */
  static fromConfig(options: StorageConfigOptions = {}): DynamicModule {
    assertConfigOptions(options);
    const { names = [DEFAULT_STORAGE], global = false, ...behaviour } = options;
    const optionsOf = (name: string): FactoryProvider<StorageModuleOptions> => ({
      provide: getOptionsToken(name),
      useFactory: async (config: StorageConfig) => {
        const env = config.env(names);
        const { maxTransferMemory } = env;
        const publicUrl = env.cdnUrls.get(name);
        return { maxTransferMemory, publicUrl, ...behaviour, backend: await createBackend(env, name) };
      },
      inject: [StorageConfig],
    });
    return {
      module: this,
      global,
      imports: [StorageConfigModule, StorageRegistryModule],
      providers: [imported, ...names.flatMap((name) => [optionsOf(name), ...storageProviders(name)])],
      exports: names.flatMap((name) => [getBackendToken(name), getStorageToken(name)]),
    };
  }
}
