/** Bytes from which a chunk is given on as it is. */
const LARGE = 4 * 1024;
/** Bytes that are joined at most. */
const MOST = 16 * 1024;

/**
 * Joins the small chunks of a body that come at once. Node gives each chunk of a chunked body as a buffer of its own, which takes
 * hundreds of bytes for one: what waits is bounded in bytes, and would not be in memory. Small chunks are copied when they
 * come, so that none of them is kept, and given on when what has come is read. Not on the next tick, because there is one
 * between the chunks of one read.
 */
export class JoinedChunks {
  private scratch: Buffer | undefined;
  private used = 0;

  constructor(private readonly give: (chunk: Uint8Array) => void) {}

  take(chunk: Uint8Array): void {
    if (chunk.length >= LARGE || this.used + chunk.length > MOST) this.flush();
    if (chunk.length >= LARGE) return this.give(chunk);
    if (this.used === 0) setImmediate(() => this.flush());
    this.scratch ??= Buffer.allocUnsafeSlow(MOST);
    this.scratch.set(chunk, this.used);
    this.used += chunk.length;
  }

  /** Gives on what is held: before the end of the body is acted upon. */
  flush(): void {
    if (this.used === 0 || !this.scratch) return;
    const joined = Buffer.from(this.scratch.subarray(0, this.used));
    this.used = 0;
    this.give(joined);
  }

  /** Forgets what is held: nobody wants the rest. */
  drop(): void {
    this.used = 0;
    this.scratch = undefined;
  }
}
