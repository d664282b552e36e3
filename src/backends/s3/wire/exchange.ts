import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { types } from 'node:util';
import { onAbort } from '../../../core/abort.js';
import { bodyError } from '../../../core/consume.js';
import type { Rereadable } from '../../../core/rereadable.js';
import type { Limits } from '../limits.js';
import { S3RequestError, type S3RequestFailure } from '../request-error.js';
import { readExactly } from '../read-in-pieces.js';
import { unknownOutcome } from '../unknown-outcome.js';
import { hearOut } from './hear-out.js';
import type { Watchdog, Watched } from './watchdog.js';

const nothing = (): void => undefined;
/** Bytes that are in the hands of the kernel with their first write, so that no later one can fail. */
const AT_ONCE = 16 * 1024;
/** Bytes that are given to a socket at once: the next ones follow when these have left, so that a stall shows. */
const SLICE = 1024 * 1024;
/** Turns of the event loop until a TLS socket says that bytes have left: its writes end in a `setImmediate`, begun in one or before it. */
const LATE_TURNS = 2;

/** What an exchange needs to know besides its request. */
export interface ExchangeOptions {
  readonly body: Uint8Array | Rereadable | undefined;
  readonly watchdog: Watchdog;
  readonly limits: Limits;
  /** `host:port` of the server, for messages. */
  readonly host: string;
  /** Whether the loss of its answer leaves open what is stored. */
  readonly write: boolean;
  /** Whether a connection is at hand, so that none has to be opened. */
  readonly connected: boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * One request and its answer, up to the headers of the answer; from then on the answer's body is on its own.
 *
 * An answer that comes before the body was sent is taken as soon as it is there, whatever becomes of the rest of the
 * body: some servers answer 412 or 403 and reset the connection. A success that comes so early is none.
 */
export class Exchange implements Watched {
  deadline = 0;
  place = -1;
  /** Whether the server may have all of the request. A body that ends early has no effect: its length and its checksum say so. */
  private handedOver = false;
  private phase: 'queued' | 'connecting' | 'sending' | 'waiting' | 'done' = 'queued';
  private readonly end: number;
  private release = nothing;
  private unhear = nothing;

  constructor(
    private readonly request: ClientRequest,
    private readonly options: ExchangeOptions,
    private readonly resolve: (response: IncomingMessage) => void,
    private readonly reject: (error: Error) => void,
  ) {
    const { watchdog, limits, signal, connected, body } = options;
    watchdog.watch(this, limits.requestTimeoutMs);
    this.end = this.deadline;
    // What is sent once is listened to without the wrapper of `once`, which costs as much as the listener.
    request.on('response', (response) => this.onResponse(response));
    request.on('error', (error) => this.onError(error));
    request.on('close', () => this.onClose());
    if (connected && (!body || (body instanceof Uint8Array && body.byteLength <= AT_ONCE))) this.send();
    else request.on('socket', (socket) => this.onSocket(socket));
    if (signal) this.stopWith(signal);
  }

  expire(): void {
    const { connectTimeoutMs, firstByteTimeoutMs, idleTimeoutMs, requestTimeoutMs } = this.options.limits;
    if (this.deadline >= this.end)
      return this.late('total', `no answer within ${requestTimeoutMs} ms, ${WHILE[this.phase]}`);
    if (this.phase === 'connecting') this.late('connect', `no connection within ${connectTimeoutMs} ms`);
    else if (this.phase === 'sending') this.late('idle', `nothing was taken for ${idleTimeoutMs} ms`);
    else this.late('first-byte', `no answer for ${firstByteTimeoutMs} ms`);
  }

  private onSocket(socket: Socket): void {
    if (this.phase === 'done') return;
    if (socket.destroyed) {
      // It could not even be opened (EMFILE), and its error is on its way: nothing is sent.
      this.phase = 'connecting';
      return;
    }
    if (!socket.connecting && !(socket as { secureConnecting?: boolean }).secureConnecting)
      return this.send();
    this.phase = 'connecting';
    this.allow(this.options.limits.connectTimeoutMs);
    // The agent hands out a TLS socket before its handshake.
    const ready = 'encrypted' in socket ? 'secureConnect' : 'connect';
    socket.once(ready, () => this.send());
  }

  private send(): void {
    if (this.phase === 'done') return;
    const { request } = this;
    const { body } = this.options;
    if (body && body.byteLength > AT_ONCE && request.socket) this.unhear = hearOut(request.socket);
    if (!body || (body instanceof Uint8Array && body.byteLength <= SLICE)) {
      this.wait();
      this.handedOver = true;
      request.end(body);
      return;
    }
    this.phase = 'sending';
    this.sendFrom(body, 0);
  }

  private sendFrom(body: Uint8Array | Rereadable, from: number): void {
    if (this.phase !== 'sending') return;
    const to = Math.min(from + SLICE, body.byteLength);
    if (body instanceof Uint8Array) return this.sendSlice(body, body.subarray(from, to), to);
    // Now it is not the server that we wait for.
    this.deadline = this.end;
    readExactly(body, from, to).then(
      (slice) => this.sendSlice(body, slice, to),
      (error: unknown) => this.fail(bodyError(error)),
    );
  }

  private sendSlice(body: Uint8Array | Rereadable, slice: Uint8Array, to: number): void {
    if (this.phase !== 'sending') return;
    this.allow(this.options.limits.idleTimeoutMs);
    if (to >= body.byteLength) {
      this.handedOver = true;
      this.request.end(slice, () => this.phase === 'sending' && this.wait());
    } else {
      // Not from within the callback: what the server has sent meanwhile is read first.
      this.request.write(slice, (error) => {
        if (!error) setImmediate(() => this.sendFrom(body, to));
      });
    }
  }

  private wait(): void {
    this.phase = 'waiting';
    this.allow(this.options.limits.firstByteTimeoutMs);
  }

  private onResponse(response: IncomingMessage): void {
    if (this.phase === 'done') {
      response.destroy();
      return;
    }
    if ((response.statusCode ?? 0) < 300 && this.isUnsent()) return this.doubt(response, LATE_TURNS);
    this.leave();
    this.resolve(response);
  }

  /** Whether bytes of the body are still with us. Those of a small one left with the headers. */
  private isUnsent(): boolean {
    const { body } = this.options;
    if (!body || body.byteLength <= AT_ONCE) return false;
    return !this.handedOver || !this.request.writableFinished;
  }

  /** A success before the body has left is none. A TLS socket says a turn later than others that bytes have left. */
  private doubt(response: IncomingMessage, turns: number): void {
    if (this.phase === 'done') {
      response.destroy();
      return;
    }
    const { host } = this.options;
    const { socket } = this.request;
    if (!this.isUnsent()) {
      this.leave();
      this.resolve(response);
    } else if (this.handedOver && turns > 0 && socket && 'encrypted' in socket) {
      setImmediate(() => this.doubt(response, turns - 1));
    } else {
      this.fail(
        new S3RequestError('protocol', `${host}: success before the body was sent`, { sent: true, host }),
      );
    }
  }

  private onError(error: NodeJS.ErrnoException): void {
    if (this.phase === 'done') return;
    const failure = failureOf(error, this.phase);
    // An error of TLS names the certificate, one of HTTP the byte: both are worth reading.
    this.fail(
      new S3RequestError(failure, `${this.options.host}: ${error.code ?? error.message}`, {
        sent: this.handedOver,
        reused: this.request.reusedSocket && failure === 'connection',
        host: this.options.host,
        cause: error,
      }),
    );
  }

  private onClose(): void {
    if (this.phase !== 'done')
      this.onError(Object.assign(new Error('The connection closed'), { code: 'ECONNRESET' }));
  }

  private late(limit: string, what: string): void {
    this.fail(
      new S3RequestError('timeout', `${this.options.host}: ${what}`, {
        sent: this.handedOver,
        host: this.options.host,
        limit,
      }),
    );
  }

  private allow(ms: number): void {
    this.deadline = Math.min(this.end, this.options.watchdog.in(ms));
  }

  private stopWith(signal: AbortSignal): void {
    const release = onAbort(signal, (reason) => {
      const { write } = this.options;
      this.fail(this.handedOver && write ? unknownOutcome(reason) : reason);
    });
    if (this.phase === 'done') release();
    else this.release = release;
  }

  private fail(error: Error): void {
    if (this.phase === 'done') return;
    this.leave();
    this.request.destroy();
    this.reject(error);
  }

  private leave(): void {
    this.phase = 'done';
    this.options.watchdog.unwatch(this);
    this.release();
    this.unhear();
  }
}

const WHILE = {
  queued: 'waiting for a free connection',
  connecting: 'connecting',
  sending: 'sending the body',
  waiting: 'waiting for the answer',
  done: '',
} as const;

function failureOf(error: NodeJS.ErrnoException, phase: string): S3RequestFailure {
  const code = types.isNativeError(error) ? (error.code ?? '') : '';
  if (/^HPE_/.test(code)) return 'protocol';
  if (/^ERR_(TLS|SSL)|CERT|^UNABLE_TO_|^EPROTO$|SELF_SIGNED|^HOSTNAME_MISMATCH$/.test(code)) return 'tls';
  return phase === 'queued' || phase === 'connecting' ? 'connect' : 'connection';
}
