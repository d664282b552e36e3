import { ConfigurableModuleBuilder, type DynamicModule, type Provider } from '@nestjs/common';
import { assertName } from './check-module-options.js';
import { imported } from './imported.js';
import { getOptionsToken } from './options-token.js';
import { storageProviders } from './storage-providers.js';
import { StorageRegistryModule } from './storage-registry.module.js';
import type { StorageModuleExtras, StorageModuleOptions } from './storage.options.js';
import { DEFAULT_STORAGE, getBackendToken, getStorageToken } from './storage.tokens.js';

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<StorageModuleOptions>({
    moduleName: 'Storage',
    // Modules that Nest tells apart by their metadata alone (`moduleIdGeneratorAlgorithm: 'deep-hash'`) look alike.
    alwaysTransient: true,
  })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createStorageOptions')
    .setExtras<StorageModuleExtras>({ name: DEFAULT_STORAGE, global: false }, define)
    .build();

function define(
  definition: DynamicModule,
  { name = DEFAULT_STORAGE, global = false }: StorageModuleExtras,
): DynamicModule {
  assertName(name);
  const own = (provider: Provider): Provider =>
    typeof provider === 'object' && provider.provide === MODULE_OPTIONS_TOKEN
      ? { ...provider, provide: getOptionsToken(name) }
      : provider;
  return {
    ...definition,
    global,
    imports: [...(definition.imports ?? []), StorageRegistryModule],
    providers: [imported, ...(definition.providers ?? []).map(own), ...storageProviders(name)],
    exports: [getBackendToken(name), getStorageToken(name)],
  };
}
