import { ConfigurableModuleBuilder, type DynamicModule } from '@nestjs/common';
import { checkHttpExtras } from './check-http-options.js';
import { PendingUploads } from './pending/pending-uploads.js';
import { ServedStorages } from './served-storages.js';
import type { StorageHttpExtras, StorageHttpOptions } from './storage-http.options.js';
import { HTTP_OPTIONS, HTTP_ROUTES } from './storage-http.tokens.js';
import { StorageRoutes } from './storage-routes.js';

export const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<StorageHttpOptions>({
    moduleName: 'StorageHttp',
    optionsInjectionToken: HTTP_OPTIONS,
    alwaysTransient: true,
  })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createStorageHttpOptions')
    .setExtras<StorageHttpExtras & Pick<DynamicModule, 'imports'>>({}, define)
    .build();

function define(
  definition: DynamicModule,
  extras: StorageHttpExtras & Pick<DynamicModule, 'imports'>,
): DynamicModule {
  checkHttpExtras(extras);
  const routes = new StorageRoutes(extras);
  return {
    ...definition,
    imports: [...(definition.imports ?? [])],
    controllers: [...routes.controllers],
    providers: [
      ...(definition.providers ?? []),
      ServedStorages,
      PendingUploads,
      { provide: HTTP_ROUTES, useFactory: () => routes },
    ],
    exports: [PendingUploads],
  };
}
