import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { types } from 'node:util';
import { abortError, onAbort } from '../../../core/abort.js';
import type { Limits } from '../limits.js';
import { S3RequestError, type S3RequestFailure } from '../request-error.js';
import { hearOut } from './hear-out.js';
import type { Watchdog, Watched } from './watchdog.js';

const nothing = (): void => undefined;
/** Bytes that are in the hands of the kernel with their first write, so that no later one can fail. */
const AT_ONCE = 16 * 1024;
/** Bytes that are given to a socket at once: the next ones follow when these have left, so that a stall shows. */
const SLICE = 1024 * 1024;

/**
 * One request and its answer, up to the headers of the answer; from then on the answer's body is `Incoming`'s.
 *
 * An answer that comes before the body was sent is taken as soon as it is there, whatever becomes of the rest of the
 * body: some servers answer 412 or 403 and reset the connection.
 */
export class Exchange implements Watched {
  deadline = 0;
  /** Whether the server may have all of the request. A body that ends early has no effect: its length and its checksum say so. */
  private handedOver = false;
  private phase: 'queued' | 'connecting' | 'sending' | 'waiting' | 'done' = 'queued';
  private readonly end: number;
  private readonly release: () => void;
  private unhear = nothing;

  constructor(
    private readonly request: ClientRequest,
    private readonly body: Uint8Array | undefined,
    private readonly watchdog: Watchdog,
    private readonly limits: Limits,
    private readonly host: string,
    signal: AbortSignal | undefined,
    private readonly resolve: (response: IncomingMessage) => void,
    private readonly reject: (error: Error) => void,
  ) {
    watchdog.watch(this, limits.requestTimeoutMs);
    this.end = this.deadline;
    request.once('socket', (socket) => this.onSocket(socket));
    request.once('response', (response) => this.onResponse(response));
    request.on('error', (error) => this.onError(error));
    request.once('close', () => this.onClose());
    this.release = signal ? onAbort(signal, () => this.fail(abortError(signal))) : nothing;
  }

  expire(): void {
    const { connectTimeoutMs, firstByteTimeoutMs, idleTimeoutMs, requestTimeoutMs } = this.limits;
    if (this.deadline >= this.end)
      return this.late('total', `no answer within ${requestTimeoutMs} ms, ${WHILE[this.phase]}`);
    if (this.phase === 'connecting') this.late('connect', `no connection within ${connectTimeoutMs} ms`);
    else if (this.phase === 'sending') this.late('idle', `nothing was taken for ${idleTimeoutMs} ms`);
    else this.late('first-byte', `no answer for ${firstByteTimeoutMs} ms`);
  }

  private onSocket(socket: Socket): void {
    if (this.phase === 'done') return;
    if (!socket.connecting && !(socket as { secureConnecting?: boolean }).secureConnecting)
      return this.send();
    this.phase = 'connecting';
    this.allow(this.limits.connectTimeoutMs);
    // The agent hands out a TLS socket before its handshake.
    const ready = 'encrypted' in socket ? 'secureConnect' : 'connect';
    socket.once(ready, () => this.send());
  }

  private send(): void {
    if (this.phase === 'done') return;
    const { request, body } = this;
    if (body && body.byteLength > AT_ONCE && request.socket) this.unhear = hearOut(request.socket);
    if (!body || body.byteLength <= SLICE) {
      this.wait();
      this.handedOver = true;
      request.end(body);
      return;
    }
    this.phase = 'sending';
    this.sendFrom(body, 0);
  }

  private sendFrom(body: Uint8Array, from: number): void {
    if (this.phase !== 'sending') return;
    const to = from + SLICE;
    const slice = body.subarray(from, to);
    this.allow(this.limits.idleTimeoutMs);
    if (to >= body.byteLength) {
      this.handedOver = true;
      this.request.end(slice, () => this.phase === 'sending' && this.wait());
    } else {
      // Not from within the callback: what the server has sent meanwhile is read first.
      this.request.write(slice, () => setImmediate(() => this.sendFrom(body, to)));
    }
  }

  private wait(): void {
    this.phase = 'waiting';
    this.allow(this.limits.firstByteTimeoutMs);
  }

  private onResponse(response: IncomingMessage): void {
    if (this.phase === 'done') {
      response.destroy();
      return;
    }
    this.leave();
    this.resolve(response);
  }

  private onError(error: NodeJS.ErrnoException): void {
    if (this.phase === 'done') return;
    const failure = failureOf(error, this.phase);
    // An error of TLS names the certificate, one of HTTP the byte: both are worth reading.
    this.fail(
      new S3RequestError(failure, `${this.host}: ${error.code ?? error.message}`, {
        sent: this.handedOver,
        reused: this.request.reusedSocket && failure === 'connection',
        host: this.host,
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
      new S3RequestError('timeout', `${this.host}: ${what}`, {
        sent: this.handedOver,
        host: this.host,
        limit,
      }),
    );
  }

  private allow(ms: number): void {
    this.deadline = Math.min(this.end, this.watchdog.in(ms));
  }

  private fail(error: Error): void {
    if (this.phase === 'done') return;
    this.leave();
    this.request.destroy();
    this.reject(error);
  }

  private leave(): void {
    this.phase = 'done';
    this.watchdog.unwatch(this);
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
