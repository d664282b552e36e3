import type { DynamicModule, INestApplication } from '@nestjs/common';
import { MemoryBackend } from '../../../src/backends/memory/backend.js';
import type { StorageBackend } from '../../../src/core/backend.js';
import {
  StorageHttpModule,
  type ServedStorageOptions,
  type StorageHttpOptions,
} from '../../../src/http/index.js';
import { TusModule, type TusOptions } from '../../../src/tus/index.js';
import { boot, storages, type Harness } from '../../http/harness.js';
import type { AdapterName } from '../../http/support/adapters.js';

export interface ServeTusOptions {
  readonly rules?: Partial<ServedStorageOptions> | undefined;
  readonly backend?: StorageBackend | undefined;
  readonly destroy?: (() => Promise<void>) | undefined;
  readonly tus?: TusOptions | undefined;
  readonly http?: Partial<StorageHttpOptions> | undefined;
  readonly prefix?: string | undefined;
  readonly adapter?: AdapterName | undefined;
  /** What is done to the application before it starts. */
  readonly prepare?: ((app: INestApplication) => void) | undefined;
}

/** An application that takes tus uploads into the storage `documents`. */
export function serveTus({
  rules,
  backend = new MemoryBackend(),
  destroy,
  tus,
  http,
  prefix,
  adapter,
  prepare,
}: ServeTusOptions = {}): Promise<Harness> {
  const module: DynamicModule = StorageHttpModule.forRoot({
    storages: { documents: { operations: ['get', 'list', 'tus'], ...rules } },
    authorize: () => true,
    ...http,
  });
  return boot([storages({ documents: backend }), module, TusModule.forRoot(tus)], {
    destroy,
    prepare,
    ...(prefix !== undefined && { prefix }),
    ...(adapter !== undefined && { adapter }),
  });
}
