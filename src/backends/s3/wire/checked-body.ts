import type { IncomingMessage } from 'node:http';
import { inspect } from 'node:util';
import { otherSize } from '../../../core/broken-content.js';
import { StorageError } from '../../../core/error.js';
import { classifyError } from '../errors.js';
import { S3RequestError } from '../request-error.js';
import type { Watchdog, Watched } from './watchdog.js';

/** Milliseconds that nobody may read a body before it is given up: it holds a connection. */
export const UNREAD_MS = 60_000;

/** What watches the body. */
interface Watch {
  readonly watchdog: Watchdog;
  readonly limits: { readonly idleTimeoutMs: number };
}

/**
 * Makes the body of an answer keep its promises: it fails with a StorageError when it has another length than was
 * announced (INTEGRITY), breaks off (UNAVAILABLE), or when nothing comes although it is read (TIMEOUT). A reader may take
 * its time; a body that nobody begins to read is destroyed.
 *
 * It looks at the chunks on their way into the stream itself, so it has to be called before the first of them: a second
 * stream behind it would cost as much as the request.
 */
export function checkBody(response: IncomingMessage, connections: Watch, host: string): void {
  new BodyCheck(response, connections, host);
}

class BodyCheck implements Watched {
  deadline = 0;
  place = -1;
  private received = 0;
  private begun = false;
  private judged = false;
  /** Why it fails, as soon as somebody reads: who comes later would miss it, and take the rest for the whole. */
  private pending: Error | undefined;
  private readonly size: number;

  constructor(
    private readonly response: IncomingMessage,
    private readonly connections: Watch,
    private readonly host: string,
  ) {
    this.size = Number(response.headers['content-length'] ?? NaN);
    connections.watchdog.watch(this, UNREAD_MS);
    // It leads to the request, whose headers are signed: they are for no log.
    (response as { [inspect.custom]?: () => string })[inspect.custom] = describe;
    // eslint-disable-next-line @typescript-eslint/unbound-method -- they are called on the response
    const { push, _read, destroy } = response;
    response.push = (chunk: Buffer | null) => {
      // A connection that closes ends a body once more that was whole already.
      const failure = chunk === null && !this.judged ? this.failure() : undefined;
      if (failure) {
        this.fail(failure);
        return false;
      }
      const more = push.call(response, chunk);
      if (chunk !== null) this.took(chunk, more);
      return more;
    };
    response._read = (size) => {
      this.begun = true;
      if (this.pending) {
        process.nextTick(() => response.destroy(this.pending));
        return;
      }
      this.deadline = this.connections.watchdog.in(this.connections.limits.idleTimeoutMs);
      _read.call(response, size);
    };
    response.destroy = (error?: Error) => {
      if (error && !this.begun && isBreak(error)) {
        this.pending ??= this.meaning(error);
        return response;
      }
      this.connections.watchdog.unwatch(this);
      return destroy.call(response, error && this.meaning(error));
    };
  }

  expire(): void {
    const { host, begun } = this;
    // All of it was there before its reader, so that nothing was asked for.
    if (!begun && this.response.readableDidRead) {
      this.deadline = Number.POSITIVE_INFINITY;
      return;
    }
    const what = begun
      ? `nothing came for ${this.connections.limits.idleTimeoutMs} ms`
      : `nobody read the body for ${UNREAD_MS} ms`;
    const limit = begun ? 'idle' : 'unread';
    this.response.destroy(new S3RequestError('timeout', `${host}: ${what}`, { sent: true, host, limit }));
  }

  private fail(failure: StorageError): void {
    if (this.begun) this.response.destroy(failure);
    else this.pending ??= failure;
  }

  private took(chunk: Buffer, more: boolean): void {
    this.received += chunk.length;
    if (!this.begun) return;
    // When it has enough for now, we wait for the reader, who has no limit.
    this.deadline = more
      ? this.connections.watchdog.in(this.connections.limits.idleTimeoutMs)
      : Number.POSITIVE_INFINITY;
  }

  /** What is wrong with the whole, now that it is there. */
  private failure(): StorageError | undefined {
    const { received, size } = this;
    this.judged = true;
    if (this.begun) this.deadline = Number.POSITIVE_INFINITY;
    if (received === size || Number.isNaN(size)) return undefined;
    return otherSize(received, size);
  }

  private meaning(error: Error): Error {
    if (StorageError.is(error)) return error;
    const { host, received, size } = this;
    const cause =
      error instanceof S3RequestError
        ? error
        : new S3RequestError(
            'connection',
            `${host}: the answer broke off after ${received} of ${size} bytes`,
            {
              sent: true,
              host,
              cause: error,
            },
          );
    const { code, reason } = classifyError(cause);
    return new StorageError(code, cause.message, { reason, cause });
  }
}

const describe = (): string => 'Body {}';

/** Whether Node says that the connection is gone. */
function isBreak(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET';
}
