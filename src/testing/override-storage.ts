import type { TestingModuleBuilder } from '@nestjs/testing';
import { getOptionsToken } from '../storage/options-token.js';
import type { StorageServiceOptions } from '../storage/storage.service.js';
import { getBackendToken, getStorageToken } from '../storage/storage.tokens.js';
import { fakeStorage, type FakeStorage } from './fake-storage.js';

/**
 * Puts a fake in the place of the storage `name` and returns it. Call it before `compile()`.
 * The factory of the real storage is not called, so its backend is never made.
 */
export function overrideStorage(
  builder: TestingModuleBuilder,
  name?: string,
  options?: StorageServiceOptions,
): FakeStorage {
  const fake = fakeStorage(name, options);
  builder.overrideProvider(getOptionsToken(name)).useValue({ backend: fake.layered });
  builder.overrideProvider(getBackendToken(name)).useValue(fake.layered);
  builder.overrideProvider(getStorageToken(name)).useValue(fake);
  return fake;
}
