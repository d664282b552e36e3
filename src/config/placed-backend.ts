import type { BackendResources, StorageBackend } from '../core/backend.js';
import { PrefixedBackend } from '../wrappers/prefixed.js';

/** A backend confined to a prefix for good: unlike a scope it closes the one that it stands on. */
export class PlacedBackend extends PrefixedBackend {
  constructor(
    private readonly whole: StorageBackend,
    prefix: string,
  ) {
    super(whole, prefix);
  }

  async open(resources: BackendResources): Promise<void> {
    await this.whole.open?.(resources);
  }

  async close(): Promise<void> {
    await this.whole.close?.();
  }
}
