import type { BackendResources } from '../core/backend.js';
import type { StorageError } from '../core/error.js';
import { TransferMemory } from '../core/transfer-memory.js';
import { moduleError } from './module-error.js';

/** The one memory of an application's transfers: made when it is first needed, so that each storage can say its size before. */
export class SharedMemory implements BackendResources {
  private memory: TransferMemory | undefined;
  private said: { readonly storage: string; readonly bytes: number } | undefined;

  get transferMemory(): TransferMemory {
    return (this.memory ??= new TransferMemory(this.said?.bytes));
  }

  /** What is wrong with `bytes` as the size that `storage` wants; undefined when it holds. */
  want(storage: string, bytes: number | undefined): StorageError | undefined {
    if (bytes === undefined || this.said?.bytes === bytes) return undefined;
    if (this.said)
      return moduleError(
        `maxTransferMemory is ${bytes} for storage "${storage}" and ${this.said.bytes} for "${this.said.storage}": ` +
          'an application has one memory for transfers, so say one size',
        { storage },
      );
    if (this.memory && this.memory.budget !== bytes)
      return moduleError(
        `maxTransferMemory is ${bytes} for storage "${storage}", but transfers have begun with ${this.memory.budget}: ` +
          'say it for a storage that is there from the start',
        { storage },
      );
    this.said = { storage, bytes };
    return undefined;
  }

  /** Lets go of what is kept for later transfers. */
  clear(): void {
    this.memory?.clear();
  }
}
