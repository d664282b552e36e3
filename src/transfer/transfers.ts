import { TransferMemory } from '../core/transfer-memory.js';

/** What the transfers of one storage and of its scopes have in common. */
export interface Transfers {
  /** What parts of files are read into. */
  readonly memory: TransferMemory;
  /** The ids of the uploads that this process works at. */
  readonly running: Set<string>;
}

export function newTransfers(): Transfers {
  return { memory: new TransferMemory(), running: new Set() };
}
