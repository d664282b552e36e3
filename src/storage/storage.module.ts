import { Module, type DynamicModule } from '@nestjs/common';
import { assertAsyncOptions, assertRootOptions } from './check-module-options.js';
import {
  ConfigurableModuleClass,
  type ASYNC_OPTIONS_TYPE,
  type OPTIONS_TYPE,
} from './storage.module-definition.js';

/**
 * Gives an application its storages: each import one, the default one or one with a name.
 *
 * A storage is injected by `StorageService` or `@InjectStorage(name)`, its layered backend by
 * `STORAGE_BACKEND` or `@Inject(getBackendToken(name))`. A mistake ends the start of the application with a
 * StorageError INVALID_ARGUMENT (reason `config`), a missing capability with UNSUPPORTED.
 */
@Module({})
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
}
