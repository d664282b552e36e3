import { Module, type DynamicModule } from '@nestjs/common';
import { TUS_HANDLING } from '../http/tus/tus-handling.js';
import { TusSweeper } from './tus-sweeper.js';
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
export class TusModule extends ConfigurableModuleClass {
  /** @throws StorageError INVALID_ARGUMENT (reason `config`) for options that are none, when the application starts. */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    return super.forRoot(options);
  }

  /** Options from `useFactory`, or from `createTusOptions` of `useClass` or `useExisting`. */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return super.forRootAsync(options);
  }
}
