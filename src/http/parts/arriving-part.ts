import type { IncomingMessage } from 'node:http';
import { StorageError } from '../../core/error.js';
import type { Rereadable } from '../../core/rereadable.js';

/**
 * The body of a request as a part: read while it arrives, so that nothing of it is held, and once. A backend that reads it again,
 * because it sends it again, finds that it is gone (ABORTED): then its client has to send the part again.
 */
export class ArrivingPart implements Rereadable {
  private readonly chunks: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);
  private at = 0;

  /** @param byteLength What the request says that it has; Node gives no more and fails for less. */
  constructor(
    request: IncomingMessage,
    readonly byteLength: number,
  ) {
    // What is left of a refused body waits for the answer: `discardRest`.
    const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
    this.chunks = body[Symbol.asyncIterator]();
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    if (start !== this.at) throw cutOff('The part is gone: it arrives once');
    // One buffer, however small the chunks are in which it comes: one for each takes hundreds of bytes for one.
    const bytes = Buffer.allocUnsafeSlow(end - start);
    for (let filled = 0; filled < bytes.length;) {
      if (this.rest.length === 0) this.rest = await this.next();
      const piece = this.rest.subarray(0, bytes.length - filled);
      bytes.set(piece, filled);
      this.rest = this.rest.subarray(piece.length);
      filled += piece.length;
    }
    this.at = end;
    return bytes;
  }

  private async next(): Promise<Buffer> {
    try {
      const piece: IteratorResult<Buffer, unknown> = await this.chunks.next();
      if (piece.done !== true) return piece.value;
    } catch (cause) {
      throw cutOff('The part ended before it was complete', cause);
    }
    throw cutOff('The part ended before it was complete');
  }
}

function cutOff(message: string, cause?: unknown): StorageError {
  return new StorageError('ABORTED', message, { reason: 'body', cause });
}
