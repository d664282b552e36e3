import { createHash, type Hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { crc32Checksum } from '../../core/checksum.js';
import { StorageError } from '../../core/error.js';
import type { SignedChecksum } from '../../core/sign-options.js';
import { refusal } from '../errors/refuse.js';
import { JoinedChunks } from '../message/joined-chunks.js';
import { tooLarge } from '../upload/too-large.js';

/** What the body of a signed upload has to be. */
export interface SignedBodyLimits {
  /** Bytes, at most. */
  readonly maxSize: number;
  /** Bytes, exactly. */
  readonly size?: number | undefined;
  readonly checksum?: SignedChecksum | undefined;
}

/**
 * The body of a signed upload. It fails, so that nothing is stored, when it is too large (TOO_LARGE), has not the size
 * (INVALID_ARGUMENT) or the checksum (INTEGRITY) that was signed, or is cut off (ABORTED).
 */
export class SignedBody extends Readable {
  private seen = 0;
  private crc = 0;
  private readonly hash: Hash | undefined;
  private readonly chunks = new JoinedChunks((chunk) => this.accept(chunk));
  private readonly onData = (chunk: Uint8Array): void => this.chunks.take(chunk);

  constructor(
    private readonly source: IncomingMessage,
    private readonly limits: SignedBodyLimits,
  ) {
    super();
    this.hash = limits.checksum?.algorithm === 'sha256' ? createHash('sha256') : undefined;
    // It may fail before the storage listens, and after the storage has stopped to.
    this.on('error', () => undefined);
    source.pause();
    source.on('data', this.onData);
    source.once('error', (cause) => this.destroy(cutOff(cause)));
    source.once('close', () => {
      if (!source.readableEnded) this.destroy(cutOff());
    });
    source.once('end', () => this.finish());
    // Then none of these events comes any more.
    if (source.destroyed || source.readableEnded) this.destroy(cutOff());
  }

  override _read(): void {
    this.source.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.chunks.drop();
    // What is left of a refused body waits for the answer: `discardRest`.
    this.source.off('data', this.onData);
    this.source.pause();
    done(error);
  }

  private accept(chunk: Uint8Array): void {
    const { maxSize, size, checksum } = this.limits;
    this.seen += chunk.length;
    if (size !== undefined && this.seen > size) return void this.destroy(wrongSize(size));
    if (this.seen > maxSize) return void this.destroy(tooLarge(maxSize));
    if (this.hash) this.hash.update(chunk);
    else if (checksum) this.crc = crc32(chunk, this.crc);
    if (!this.push(chunk)) this.source.pause();
  }

  private finish(): void {
    this.chunks.flush();
    if (this.destroyed) return;
    const { size, checksum } = this.limits;
    if (size !== undefined && this.seen !== size) return void this.destroy(wrongSize(size));
    if (checksum && this.sum() !== checksum.value) {
      const detail = `The body has not the ${checksum.algorithm} that was signed`;
      return void this.destroy(refusal('INTEGRITY', detail, 'checksum'));
    }
    this.push(null);
  }

  private sum(): string {
    return this.hash ? this.hash.digest('base64') : crc32Checksum(this.crc).value;
  }
}

function wrongSize(size: number): StorageError {
  return refusal('INVALID_ARGUMENT', `The body has not the ${size} bytes that were signed`, 'size');
}

/** What became of an upload whose client went. */
export function cutOff(cause?: unknown): StorageError {
  return new StorageError('ABORTED', 'The upload ended before it was complete', { reason: 'body', cause });
}
