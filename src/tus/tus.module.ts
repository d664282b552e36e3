import { Inject, Module, type DynamicModule, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { HTTP_ROUTES } from '../http/storage-http.tokens.js';
import { TUS_HANDLING } from '../http/tus/tus-handling.js';
import { TusSweeper } from './tus-sweeper.js';
import { tusError } from './tus-error.js';
import { TusServer } from './tus-server.js';
import {
  ConfigurableModuleClass,
  type ASYNC_OPTIONS_TYPE,
  type OPTIONS_TYPE,
} from './tus.module-definition.js';

/**
 * Resumable uploads by tus 1.0, for the storages of StorageHttpModule that have the operation `tus`:
 *
 * - `POST`, `OPTIONS :storage/tus`
 * - `HEAD`, `PATCH`, `DELETE :storage/tus/<id>`
 *
 * All that is known of an upload is in its storage, so any instance goes on with it, also after a crash. Import it once.
 */
@Module({
  providers: [TusServer, TusSweeper, { provide: TUS_HANDLING, useExisting: TusServer }],
  exports: [TUS_HANDLING, TusSweeper],
})
export class TusModule extends ConfigurableModuleClass implements OnModuleInit {
  constructor(@Inject(ModuleRef) private readonly modules: ModuleRef) {
    super();
  }

  /**
   * @throws StorageError INVALID_ARGUMENT (reason `config`) for options that are none, and where the application has no
   * StorageHttpModule, whose storages it is for: both when the application starts.
   */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    return super.forRoot(options);
  }

  /** Options from `useFactory`, or from `createTusOptions` of `useClass` or `useExisting`. */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return super.forRootAsync(options);
  }

  /** By now all modules are there, whatever their order. @throws StorageError INVALID_ARGUMENT (reason `config`). */
  onModuleInit(): void {
    try {
      this.modules.get(HTTP_ROUTES, { strict: false });
    } catch {
      throw tusError(
        'there is no StorageHttpModule, whose storages it takes uploads for: ' +
          'add StorageHttpModule.forRoot({ storages: …, authorize: … }) of nestjs-stowage/http to the imports',
      );
    }
  }
}
