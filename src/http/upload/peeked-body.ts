import { Readable } from 'node:stream';

/**
 * A body whose first bytes may be looked at before it is read. It gives the chunks of its source as they are, all of them,
 * and holds no more than what was looked at and the rest of that chunk. It fails when its source does, and ends its source
 * when it is destroyed.
 */
export class PeekedBody extends Readable {
  private readonly held: Uint8Array[] = [];
  private heldBytes = 0;
  private complete = false;
  private passing = false;
  private flowing = false;
  private peek: { readonly bytes: number; readonly done: (error?: Error | null) => void } | undefined;

  constructor(private readonly source: Readable) {
    super();
    // It may fail before the storage listens, and after the storage has stopped to.
    this.on('error', () => undefined);
    source.once('error', (error) => this.destroy(error));
    source.once('close', () => {
      if (!source.readableEnded) this.destroy(source.errored ?? undefined);
    });
    source.once('end', () => this.finish());
    if (source.destroyed) this.destroy(source.errored ?? undefined);
  }

  /**
   * The first bytes: `most` of them, or fewer when the body has fewer. Before the body is read, and once at a time.
   * @throws What the body fails with.
   */
  async first(most: number): Promise<Uint8Array> {
    if (this.destroyed) throw this.errored ?? new Error('The body was destroyed');
    if (this.heldBytes < most && !this.complete) {
      await new Promise<void>((resolve, reject) => {
        const done = (error?: Error | null): void => (error ? reject(error) : resolve());
        this.peek = { bytes: most, done };
        this.flow();
      });
    }
    const [chunk] = this.held;
    if (chunk && chunk.length >= most) return chunk.subarray(0, most);
    return Buffer.concat(this.held).subarray(0, most);
  }

  override _read(): void {
    this.passing = true;
    for (const chunk of this.held.splice(0)) this.push(chunk);
    if (this.complete) this.push(null);
    else this.flow();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.held.length = 0;
    this.endPeek(error ?? new Error('The body was destroyed'));
    this.source.destroy(error ?? undefined);
    done(error);
  }

  private flow(): void {
    if (!this.flowing) {
      this.flowing = true;
      this.source.on('data', (chunk: Uint8Array) => this.accept(chunk));
    }
    this.source.resume();
  }

  private accept(chunk: Uint8Array): void {
    if (this.passing) {
      if (!this.push(chunk)) this.source.pause();
      return;
    }
    this.held.push(chunk);
    this.heldBytes += chunk.length;
    if (this.peek && this.heldBytes < this.peek.bytes) return;
    this.source.pause();
    this.endPeek();
  }

  private finish(): void {
    this.complete = true;
    this.endPeek();
    if (this.passing) this.push(null);
  }

  private endPeek(error?: Error | null): void {
    const { peek } = this;
    this.peek = undefined;
    peek?.done(error);
  }
}
