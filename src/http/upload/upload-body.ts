import { Readable } from 'node:stream';
import { StorageError } from '../../core/error.js';
import { tooLarge } from './too-large.js';

/** Bytes that wait between the parser and the storage, at most. */
const HIGH_WATER_MARK = 512 * 1024;

/** The stream of a part. */
export type PartStream = Readable & {
  /** Set by multer, after it ended at the size limit as if it were complete. */
  readonly truncated?: boolean;
  /** Called when nobody wants the rest. Default: it is read, because multer goes on with the next part only then. */
  readonly leave?: () => void;
};

/**
 * The content of an uploaded file. Unlike the stream of the part, it fails when the part is cut at the
 * size limit (TOO_LARGE) or by the end of the connection (ABORTED), so that neither is stored.
 *
 * It stands between because multer takes the destruction of its own stream for the end of the file.
 * Chunks are passed on as they are, and the source is paused while the storage is slower.
 */
export class UploadBody extends Readable {
  private flowing = false;
  private seen = 0;
  private readonly onData = (chunk: Uint8Array): void => {
    this.seen += chunk.length;
    if (this.seen > this.maxSize) return void this.destroy(tooLarge(this.maxSize));
    if (!this.push(chunk)) this.source.pause();
  };

  constructor(
    private readonly source: PartStream,
    private readonly maxSize: number,
  ) {
    super({ highWaterMark: HIGH_WATER_MARK });
    // It may fail before the storage listens, and after the storage has stopped to.
    this.on('error', () => undefined);
    source.once('limit', () => this.destroy(tooLarge(this.maxSize)));
    source.once('error', (cause) => this.destroy(StorageError.is(cause) ? cause : cutOff(cause)));
    source.once('close', () => {
      if (!source.readableEnded) this.destroy(cutOff());
    });
    source.once('end', () => {
      if (source.truncated) this.destroy(tooLarge(this.maxSize));
      else this.push(null);
    });
    // Then none of these events comes any more.
    if (source.destroyed) this.destroy(StorageError.is(source.errored) ? source.errored : cutOff());
  }

  override _read(): void {
    if (!this.flowing) {
      this.flowing = true;
      this.source.on('data', this.onData);
    }
    this.source.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.source.off('data', this.onData);
    if (this.source.readableEnded || !this.source.leave) this.source.resume();
    else this.source.leave();
    done(error);
  }
}

function cutOff(cause?: unknown): StorageError {
  return new StorageError('ABORTED', 'The upload ended before the file was complete', {
    reason: 'body',
    cause,
  });
}
