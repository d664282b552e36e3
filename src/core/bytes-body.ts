import { Readable } from 'node:stream';

/** A body of bytes that are in memory already: it holds nothing, and who wants them all gets them without reading. */
export class BytesBody extends Readable {
  /** Undefined once they are on their way to a reader, or gone. */
  private bytes: Buffer | undefined;

  constructor(bytes: Buffer) {
    super();
    this.bytes = bytes;
  }

  /** All of them, with which the body ends; undefined when somebody has begun to read it, or it was destroyed. */
  takeBytes(): Buffer | undefined {
    const { bytes } = this;
    if (bytes === undefined || this.destroyed || this.readableFlowing !== null) return undefined;
    this.destroy();
    return bytes;
  }

  override _read(): void {
    const { bytes } = this;
    this.bytes = undefined;
    if (bytes !== undefined && bytes.length > 0) this.push(bytes);
    this.push(null);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.bytes = undefined;
    done(error);
  }
}
