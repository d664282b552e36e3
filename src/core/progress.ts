/** How far a transfer is. */
export interface TransferProgress {
  /** Bytes that the storage has. In parts they count when the whole part is stored. */
  readonly bytes: number;
  /** Bytes in all, where that is known. */
  readonly total?: number | undefined;
  /** Parts that are stored; 0 for what goes in one piece. */
  readonly parts: number;
  /** Bytes per second that were moved since the transfer began, or was resumed: without what was stored before. */
  readonly rate: number;
  /** Whether this is the last word: the transfer has succeeded or failed. */
  readonly ended: boolean;
}

/** Hears of a transfer at most ten times a second, and in any case when it has ended. It should not throw. */
export type ProgressListener = (progress: TransferProgress) => void;
