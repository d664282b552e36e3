import { Readable } from 'node:stream';
import { StorageError } from '../../core/error.js';
import { classifyDiskError } from '../../core/disk-error.js';
import type { Disk } from './disk.js';

/** Bytes of one read. Measured: reads of 1 MiB cost a third of reads of 64 KiB. */
const BLOCK = 1 << 20;

/** Closes what was dropped without being read or destroyed. */
const dropped = new FinalizationRegistry<() => void>((close) => close());

/**
 * The bytes `start` to `end` of an open file, as they are when they are read: the descriptor keeps a replaced or
 * deleted object readable to its end. It is closed with the stream; also when nobody begins to read within
 * `unreadMs`, and when the stream is garbage.
 */
export class FileBody extends Readable {
  private position: number;
  private busy = false;
  private readonly handle: { fd: number };
  private readonly unread: NodeJS.Timeout;

  constructor(
    private readonly disk: Disk,
    fd: number,
    start: number,
    private readonly end: number,
    unreadMs: number,
  ) {
    super({ highWaterMark: BLOCK });
    this.position = start;
    const handle = { fd };
    this.handle = handle;
    const close = () => {
      if (handle.fd >= 0) disk.close(handle.fd).catch(() => undefined);
      handle.fd = -1;
    };
    dropped.register(this, close, this);
    const self = new WeakRef(this);
    this.unread = setTimeout(() => {
      // Who never began to read it may not listen either; that must not end the process.
      self
        .deref()
        ?.on('error', () => undefined)
        .destroy(neverRead(unreadMs));
    }, unreadMs).unref();
  }

  override _read(): void {
    clearTimeout(this.unread);
    const length = Math.min(BLOCK, this.end - this.position + 1);
    const buffer = Buffer.allocUnsafeSlow(length);
    this.busy = true;
    this.disk.read(this.handle.fd, buffer, 0, length, this.position).then(
      (count) => {
        this.readEnded();
        if (this.destroyed) return;
        if (count === 0) return void this.destroy(shortened());
        this.position += count;
        this.push(count === length ? buffer : buffer.subarray(0, count));
        if (this.position > this.end) this.push(null);
      },
      (error: unknown) => {
        this.readEnded();
        const { code, reason } = classifyDiskError(error);
        this.destroy(
          new StorageError(code, 'The object could not be read to its end', { reason, cause: error }),
        );
      },
    );
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.unread);
    dropped.unregister(this);
    // A descriptor that is closed under a read may be another file's by the time the read runs.
    if (this.busy) this.once('stowage:idle', () => this.release(error, done));
    else this.release(error, done);
  }

  private readEnded(): void {
    this.busy = false;
    this.emit('stowage:idle');
  }

  private release(error: Error | null, done: (error: Error | null) => void): void {
    const { fd } = this.handle;
    this.handle.fd = -1;
    if (fd < 0) return done(error);
    // What was read is right, whatever close(2) says.
    this.disk.close(fd).then(
      () => done(error),
      () => done(error),
    );
  }
}

function neverRead(ms: number): StorageError {
  return new StorageError('TIMEOUT', `Nobody began to read the body within ${ms} ms`, { reason: 'unread' });
}

/** What a file says that is shorter than it was when it was opened. */
export function shortened(): StorageError {
  return new StorageError('INTEGRITY', 'The file became shorter while it was read', { reason: 'truncated' });
}
