import type { IncomingMessage } from 'node:http';
import { onAbort } from '../../../core/abort.js';
import { S3RequestError, type S3RequestFailure } from '../request-error.js';
import type { Watchdog, Watched } from './watchdog.js';

/** What watches over the reading. */
export interface Watching {
  readonly watchdog: Watchdog;
  /** In milliseconds. */
  readonly limits: { readonly idleTimeoutMs: number; readonly requestTimeoutMs: number };
}

/** How the body of an answer is read. */
export interface ReadOptions {
  /** `host:port` of the server, for messages. */
  readonly host: string;
  /** Bytes; a longer one is an error. */
  readonly max: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the whole body of an answer, whose connection is given back before `done` is called. It has as long as a whole
 * try, and may be silent no longer than the idle limit. Called at the latest in the microtask after the headers.
 * @param failed Is called with an S3RequestError (`connection`, `timeout` or `protocol`) or the StorageError of the signal.
 */
export function readBytes(
  response: IncomingMessage,
  connections: Watching,
  options: ReadOptions,
  done: (bytes: Buffer) => void,
  failed: (error: Error) => void,
): void {
  new WholeBody(response, connections, options, done, failed);
}

class WholeBody implements Watched {
  deadline = 0;
  place = -1;
  private readonly chunks: Buffer[] = [];
  private size = 0;
  private over = false;
  private readonly end: number;
  private readonly release: (() => void) | undefined;

  constructor(
    private readonly response: IncomingMessage,
    private readonly connections: Watching,
    private readonly options: ReadOptions,
    private readonly done: (bytes: Buffer) => void,
    private readonly failed: (error: Error) => void,
  ) {
    const { watchdog, limits } = connections;
    watchdog.watch(this, limits.requestTimeoutMs);
    this.end = this.deadline;
    this.wait();
    response.on('data', (chunk: Buffer) => this.take(chunk));
    response.on('end', () => this.finish());
    // Every failure ends so. Without a listener for it an answer that breaks off emits no error.
    response.on('close', () => this.fail('connection', 'the answer broke off', response.errored));
    if (options.signal) this.release = onAbort(options.signal, (reason) => this.stop(reason));
  }

  expire(): void {
    const { idleTimeoutMs, requestTimeoutMs } = this.connections.limits;
    if (this.deadline < this.end)
      this.fail('timeout', `the answer stopped for ${idleTimeoutMs} ms`, undefined, 'idle');
    else this.fail('timeout', `the answer did not end within ${requestTimeoutMs} ms`, undefined, 'total');
  }

  private take(chunk: Buffer): void {
    const { max } = this.options;
    this.size += chunk.length;
    if (this.size > max) return this.fail('protocol', `the answer is longer than ${max} bytes`);
    this.chunks.push(chunk);
    this.wait();
  }

  private finish(): void {
    if (this.over || !this.response.complete) return;
    this.leave();
    const [only] = this.chunks;
    this.done(this.chunks.length === 1 && only ? only : Buffer.concat(this.chunks, this.size));
  }

  private wait(): void {
    const { watchdog, limits } = this.connections;
    this.deadline = Math.min(this.end, watchdog.in(limits.idleTimeoutMs));
  }

  private fail(failure: S3RequestFailure, why: string, cause?: unknown, limit?: string): void {
    if (this.over) return;
    const { host } = this.options;
    this.stop(new S3RequestError(failure, `${host}: ${why}`, { sent: true, host, cause, limit }));
  }

  private stop(error: Error): void {
    if (this.over) return;
    this.leave();
    this.response.destroy();
    this.failed(error);
  }

  private leave(): void {
    this.over = true;
    this.connections.watchdog.unwatch(this);
    this.release?.();
  }
}
