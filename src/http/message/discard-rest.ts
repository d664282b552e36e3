import type { IncomingMessage, ServerResponse } from 'node:http';
import { isWaiting } from './expect-continue.js';

/** Bytes that are read of a refused body. A client that sends and does not look gets the answer if it ends within them. */
const MAX_BYTES = 32 * 1024 * 1024;
/** How long, from the answer on: nginx takes 5 s for each piece and 30 s for all (lingering_timeout, lingering_time). */
const MAX_MS = 10_000;

/** A body that says to be no longer is read to its end, and the connection goes on with the next request. */
const SMALL = 64 * 1024;

const known = new WeakSet<IncomingMessage>();

/**
 * Lets go of a body that is not wanted, when its answer is about to be sent. The answer says that the connection ends, and
 * what still comes is thrown away, within bounds: a connection that is closed while its client sends is reset, and the
 * client may lose the answer with it (RFC 9112, 9.6). A body that has come already, or is short, costs its connection nothing.
 */
export function discardRest(request: IncomingMessage, response: ServerResponse): void {
  if (known.has(request) || request.destroyed) return;
  if (request.complete || !hasBody(request)) return void request.resume();
  known.add(request);
  new Rest(request, response).discard();
}

function isShort({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length']) <= SMALL;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

class Rest {
  private left = MAX_BYTES;
  private answered = false;
  private held = false;
  private released = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
  ) {}

  discard(): void {
    const { request, response } = this;
    // HTTP/2 has no connection to close for one request.
    if (request.httpVersionMajor === 1) this.holdConnection();
    request.on('error', () => undefined);
    request.on('data', (chunk: Uint8Array) => {
      this.left -= chunk.length;
      if (this.left >= 0) return;
      if (this.answered) this.cut();
      else request.pause();
    });
    request.once('end', () => this.release());
    request.once('close', () => this.release());
    response.once('finish', () => this.onAnswered());
    if (response.writableFinished) this.onAnswered();
    // To read it now would be to ask for it.
    else if (!isWaiting(request)) request.resume();
  }

  private onAnswered(): void {
    this.answered = true;
    if (this.released) return;
    if (this.left < 0) return this.cut();
    this.timer = setTimeout(() => this.cut(), MAX_MS).unref();
    this.request.resume();
  }

  private cut(): void {
    clearTimeout(this.timer);
    this.request.destroy();
  }

  /**
   * Node destroys a connection that ends as soon as the answer is written. Here only its own half ends. With a short body it
   * ends only where the client wants that: it said `Connection: close`, or speaks HTTP/1.0.
   */
  private holdConnection(): void {
    const { request, response } = this;
    const ends = !isShort(request) || isWaiting(request);
    if (ends && !response.headersSent) response.setHeader('Connection', 'close');
    const { socket } = request;
    socket.destroySoon = () => {
      this.held = true;
      if (socket.writable) socket.end();
    };
  }

  private release(): void {
    this.released = true;
    clearTimeout(this.timer);
    const { socket } = this.request;
    if (this.request.httpVersionMajor !== 1) return;
    Reflect.deleteProperty(socket, 'destroySoon');
    if (this.held) socket.destroySoon();
  }
}
