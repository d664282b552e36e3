import type { Provider } from '@nestjs/common';
import type { StorageBackend } from '../core/backend.js';
import { checkModuleOptions } from './check-module-options.js';
import { getOptionsToken } from './options-token.js';
import { StorageRegistry } from './storage-registry.js';
import type { StorageModuleOptions } from './storage.options.js';
import { StorageService } from './storage.service.js';
import { getBackendToken, getStorageToken } from './storage.tokens.js';

/** What the storage `name` provides, given the provider of its options. */
export function storageProviders(name: string): Provider[] {
  return [
    {
      provide: getBackendToken(name),
      useFactory: (options: unknown, registry: StorageRegistry) =>
        registry.open(name, checkModuleOptions(name, options)),
      inject: [getOptionsToken(name), StorageRegistry],
    },
    {
      provide: getStorageToken(name),
      useFactory: (
        backend: StorageBackend,
        { keys, publicUrl }: StorageModuleOptions,
        { resources }: StorageRegistry,
      ) => new StorageService(name, backend, { keys, publicUrl, resources }),
      inject: [getBackendToken(name), getOptionsToken(name), StorageRegistry],
    },
  ];
}
