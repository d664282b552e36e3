/** The memory of one part of an upload, from its first byte until it is stored. Whoever has it has to release it. */
export interface PartMemory {
  /** What the part is written into. Growing replaces it by a larger one. */
  readonly bytes: Buffer;
  /** Bytes that the part has at most. */
  readonly most: number;
  /** Bytes that have come of it: by that a source is known which stalls while others wait for its memory. */
  written: number;
  /**
   * Makes `bytes` at least `size` bytes long and keeps the first `filled` of them. Nothing is returned when that was done at once.
   * @throws StorageError of the signal. Then release the memory.
   */
  grow(size: number, filled: number, signal?: AbortSignal): Promise<void> | undefined;
  /** The part is full and on its way: its memory comes back without asking for more. */
  seal(): void;
  /** Gives the memory back; nobody may read it or write to it any more. Twice is once. */
  release(): void;
}
