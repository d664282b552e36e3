import type { BackendResources } from '../core/backend.js';
import { TransferMemory } from '../core/transfer-memory.js';

/** What the transfers of one storage and of its scopes have in common. */
export interface Transfers {
  /** What parts of files are read into: asked for when it is first needed, because its size may not be said before. */
  readonly memory: () => TransferMemory;
}

/** @param shared Of the application. Default: the storage has a memory of its own. */
export function newTransfers(shared?: BackendResources): Transfers {
  let own: TransferMemory | undefined;
  return { memory: () => shared?.transferMemory ?? (own ??= new TransferMemory()) };
}
