/** What a stored object should be like. Only what is given is compared. */
export interface StoredExpectation {
  readonly contentType?: string | undefined;
  /** Bytes. */
  readonly size?: number | undefined;
  /** The content as UTF-8. */
  readonly text?: string | undefined;
  readonly bytes?: Uint8Array | undefined;
  /** These entries, among others that may be there. Names in lower case. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}
