import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { otherChecksum, otherSize } from '../../../core/broken-content.js';
import { StorageError } from '../../../core/error.js';
import type { Digest } from '../digest.js';
import { S3RequestError } from '../request-error.js';
import { classifyError } from '../errors.js';
import { UNREAD_MS } from '../wire/checked-body.js';
import type { Watchdog, Watched } from '../wire/watchdog.js';

/** As much as a socket gives at once. */
const CHUNK = 64 * 1024;

/** What the body of an answer has to be. */
export interface Expected {
  /** Bytes. */
  readonly size: number;
  /** The checksum that the server keeps of all of them. */
  readonly digest?: Digest | undefined;
  /** `host:port`, for messages. */
  readonly host: string;
  /** Milliseconds without a byte while we wait for the server. */
  readonly idleMs: number;
}

/**
 * The body of a get. It fails with a StorageError when it ends early or is longer (INTEGRITY), has another checksum
 * (INTEGRITY), breaks off (UNAVAILABLE), or when the server sends nothing although we read (TIMEOUT). A reader may take
 * its time; a body that nobody begins to read is destroyed, because it holds a connection.
 */
export class Content extends Readable implements Watched {
  deadline = 0;
  place = -1;
  private received = 0;
  private begun = false;
  private ended = false;
  /** Why it fails, as soon as somebody reads: who comes later would miss it. */
  private pending: S3RequestError | undefined;

  constructor(
    private readonly source: Readable,
    private readonly expected: Expected,
    private readonly watchdog: Watchdog,
  ) {
    super({ highWaterMark: CHUNK });
    watchdog.watch(this, UNREAD_MS);
    source.on('error', (error) => this.broken(error));
    source.once('close', () => this.broken(undefined));
  }

  /** It leads to the request, whose headers are signed: they are for no log. */
  [inspect.custom](): string {
    return 'Body {}';
  }

  expire(): void {
    const { host, idleMs } = this.expected;
    const limit = this.begun ? 'idle' : 'unread';
    const message = this.begun ? `nothing came for ${idleMs} ms` : `nobody read the body for ${UNREAD_MS} ms`;
    this.fail(new S3RequestError('timeout', `${host}: ${message}`, { sent: true, host, limit }));
  }

  override _read(): void {
    this.deadline = this.watchdog.in(this.expected.idleMs);
    if (this.begun) {
      this.source.resume();
      return;
    }
    this.begun = true;
    const { pending } = this;
    if (pending) {
      process.nextTick(() => this.fail(pending));
      return;
    }
    this.source.on('data', (chunk: Buffer) => this.accept(chunk));
    this.source.once('end', () => this.finish());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.watchdog.unwatch(this);
    // An answer that was read to its end gives its connection back; of any other the rest would have to be read.
    if (!this.ended) this.source.destroy();
    done(error);
  }

  private accept(chunk: Buffer): void {
    this.received += chunk.length;
    this.expected.digest?.update(chunk);
    if (this.push(chunk)) {
      this.deadline = this.watchdog.in(this.expected.idleMs);
    } else {
      this.source.pause();
      // Now we wait for the reader, who has no limit.
      this.deadline = Infinity;
    }
  }

  private finish(): void {
    this.ended = true;
    const { size, digest } = this.expected;
    if (this.received !== size) {
      this.destroy(otherSize(this.received, size));
    } else if (digest && !digest.matches()) {
      this.destroy(otherChecksum(digest.name));
    } else {
      this.watchdog.unwatch(this);
      this.push(null);
    }
  }

  private broken(cause: Error | undefined): void {
    if (this.ended || this.destroyed) return;
    const { host, size } = this.expected;
    const message = `${host}: the answer broke off after ${this.received} of ${size} bytes`;
    const failure = new S3RequestError('connection', message, { sent: true, host, cause });
    if (this.begun) this.fail(failure);
    else this.pending ??= failure;
  }

  private fail(cause: S3RequestError): void {
    const { code, reason } = classifyError(cause);
    this.destroy(new StorageError(code, cause.message, { reason, cause }));
  }
}
