import type { INestApplicationContext } from '@nestjs/common';
import { StorageError } from '../core/error.js';
import { getOptionsToken } from '../storage/options-token.js';
import type { StorageServiceOptions } from '../storage/storage.service.js';
import { DEFAULT_STORAGE, getBackendToken, getStorageToken } from '../storage/storage.tokens.js';
import { fakeStorage, type FakeStorage } from './fake-storage.js';

/**
 * What is used of a `TestingModuleBuilder` of `@nestjs/testing`: who only makes fakes needs neither that package nor its
 * types.
 */
export interface OverridableModule {
  overrideProvider(token: unknown): { useValue(value: unknown): unknown };
  compile(...options: readonly never[]): Promise<INestApplicationContext>;
}

/**
 * Puts a fake in the place of the storage `name` and returns it. Call it before `compile()`, which fails with
 * StorageError INVALID_ARGUMENT (reason `config`) when there is no such storage.
 * The factory of the real storage is not called, so its backend is never made.
 * @param builder What `Test.createTestingModule` of `@nestjs/testing` returns.
 */
export function overrideStorage(
  builder: OverridableModule,
  name: string = DEFAULT_STORAGE,
  options?: StorageServiceOptions,
): FakeStorage {
  const fake = fakeStorage(name, options);
  builder.overrideProvider(getOptionsToken(name)).useValue({ backend: fake.layered });
  builder.overrideProvider(getBackendToken(name)).useValue(fake.layered);
  builder.overrideProvider(getStorageToken(name)).useValue(fake);
  // Nest overrides what is not there in silence, and has no event for it.
  const compile = builder.compile.bind(builder);
  builder.compile = async (...args) => {
    const module = await compile(...args);
    if (hasStorage(module, name)) return module;
    await module.close();
    throw missing(name);
  };
  return fake;
}

function hasStorage(module: INestApplicationContext, name: string): boolean {
  try {
    module.get<unknown>(getStorageToken(name), { strict: false });
    return true;
  } catch {
    return false;
  }
}

function missing(name: string): StorageError {
  const what = name === DEFAULT_STORAGE ? 'default storage' : `storage ${JSON.stringify(name)}`;
  return new StorageError(
    'INVALID_ARGUMENT',
    `overrideStorage: the module has no ${what} to override: pass the name of one that it has`,
    { reason: 'config', storage: name },
  );
}
