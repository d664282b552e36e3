/**
 * Bytes that can be read any number of times, a piece at a time: what is sent without being held, and sent again when
 * that failed. What it is made of must not change meanwhile; when it does, `read` fails.
 */
export interface Rereadable {
  /** All of it. */
  readonly byteLength: number;
  /**
   * The bytes from `start` to before `end`. They are the caller's until the next call of `read`, which may use them again.
   * @throws StorageError of the source: ABORTED, reason `body`, when it has become shorter.
   */
  read(start: number, end: number): Promise<Uint8Array>;
}
