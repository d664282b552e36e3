import type { LeaseText } from './lease-text.js';

/** A lease and the version that it has. */
export interface KeptLease extends LeaseText {
  /** Another one after each write, also of the same text. */
  readonly etag: string;
}

/** Where one lease is kept: made and replaced on conditions only. */
export interface LeasePlace {
  /** Undefined when somebody else has one. @throws StorageError, UNSUPPORTED where there are no such conditions. */
  make(text: LeaseText): Promise<KeptLease | undefined>;
  /** Undefined when it has another version by now, or is gone. @throws StorageError. */
  replace(etag: string, text: LeaseText): Promise<KeptLease | undefined>;
  /** Undefined when there is none. @throws StorageError. */
  read(): Promise<KeptLease | undefined>;
  /** Removes one that is ours, also when somebody has asked for it since. Never fails: one that stays is found out as that of nobody. */
  remove(kept: KeptLease): Promise<void>;
}
