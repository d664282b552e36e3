import type { BackendResources } from '../../core/backend.js';
import { TransferMemory } from '../../core/transfer-memory.js';

/** The memory of a backend's uploads: the one that it was given, else that of the application, else one of its own. */
export class OwnOrShared {
  private shared: BackendResources | undefined;
  private own: TransferMemory | undefined;

  constructor(private readonly given: TransferMemory | undefined) {}

  share(resources: BackendResources): void {
    this.shared = resources;
  }

  get(): TransferMemory {
    return this.given ?? this.shared?.transferMemory ?? (this.own ??= new TransferMemory());
  }

  /** Lets go of what is kept for later uploads, where that is nobody else's. */
  close(): void {
    this.own?.clear();
  }
}
