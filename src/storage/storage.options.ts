import type { StorageBackend } from '../core/backend.js';
import type { CapabilityType } from '../core/capability.js';
import type { Layer } from '../core/layer.js';
import type { KeyBuilder } from './key-builder.js';
import type { PublicUrl } from './public-url.js';

/** How a storage behaves, whatever its backend is. */
export interface StorageBehaviour {
  /** Around every operation, the first one outermost. Default: none. */
  readonly layers?: readonly Layer[] | undefined;
  /** What the backend must have: the application does not start without it. Default: nothing. */
  readonly requires?: readonly CapabilityType[] | undefined;
  /** Makes the keys of `StorageService.newKey`. Default: `group/year/month/uuid.ext`. */
  readonly keys?: KeyBuilder | undefined;
  /** Where anyone can read its objects, such as a CDN: a URL that keys follow, or a function of the key. Default: nowhere. */
  readonly publicUrl?: PublicUrl | undefined;
  /**
   * Milliseconds that operations and the reading of bodies have left when the application shuts down;
   * then they are aborted. Default: 10,000.
   */
  readonly shutdownTimeoutMs?: number | undefined;
  /**
   * Bytes of memory in which the uploads of all storages of the application wait to be stored. One size for all: the other
   * storages say the same or nothing. Default: 134,217,728 (128 MiB).
   */
  readonly maxTransferMemory?: number | undefined;
}

/** What a `useFactory` or `createStorageOptions` gives: it may depend on other providers. */
export interface StorageModuleOptions extends StorageBehaviour {
  /** Where the objects are. The storage closes it when the application shuts down. */
  readonly backend: StorageBackend;
}

/** What shapes the module graph, so has to be known before any provider exists. */
export interface StorageModuleExtras {
  /** The name by which `@InjectStorage(name)` finds the storage. Default: `default`, the storage that has no name. */
  readonly name?: string | undefined;
  /** Whether every module may inject the storage without importing this one. Default: false. */
  readonly global?: boolean | undefined;
}

/** Storages as the environment describes them. */
export interface StorageConfigOptions extends StorageBehaviour {
  /** A storage for each name; `default` among them is the one without a name. Default: the default storage alone. */
  readonly names?: readonly string[] | undefined;
  /** Whether every module may inject the storages without importing this one. Default: false. */
  readonly global?: boolean | undefined;
}
