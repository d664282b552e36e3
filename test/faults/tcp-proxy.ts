import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { sleep } from '../support/within.js';

/** What becomes of the bytes of one direction of a connection. */
export interface Way {
  /** Milliseconds that every byte takes, and by how much that differs. Order is kept. */
  readonly latencyMs?: readonly [usual: number, jitter: number] | undefined;
  readonly bytesPerSecond?: number | undefined;
  /** The first `of` bytes go in pieces of about `bytes`. */
  readonly slices?: { readonly bytes: number; readonly of: number } | undefined;
  /** After so many bytes the connection is reset, closed, or brings no more. */
  readonly after?: readonly [bytes: number, then: 'reset' | 'end' | 'stall'] | undefined;
  /** Milliseconds between the end of one side and that of the other. */
  readonly closeMs?: number | undefined;
}

/** A line between a client and a server. */
export interface Line {
  /** From the client to the server. */
  readonly up?: Way | undefined;
  /** From the server to the client. */
  readonly down?: Way | undefined;
  /** How many connections have it, the first ones; the others are as they should be. Default: all. */
  readonly times?: number | undefined;
}

/** Bytes that wait in one direction before no more is read. */
const MOST_WAITING = 256 * 1024;

/**
 * Takes connections for a server on loopback, and treats what they carry as its line says. It is also the address of a server that
 * ends and begins again on another port: nobody else can take the port of the proxy meanwhile.
 */
export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  private line: Line = {};
  private left = Infinity;
  private targetPort: number | undefined;

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => this.take(socket));
  }

  /** @param target The URL of the server. Default: there is none yet. */
  static async start(target?: string): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    const proxy = new TcpProxy(server);
    proxy.leadTo(target);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  /** `http://127.0.0.1:port` */
  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Connections of clients that are open. */
  get open(): number {
    return this.sockets.size;
  }

  /** Treats the connections that come from now on so, and ends those that are there. */
  use(line: Line): void {
    this.line = line;
    this.left = line.times ?? Infinity;
    for (const socket of this.sockets) socket.destroy();
  }

  /** @param target The URL of the server for the connections that come from now on. `undefined`: they are reset. */
  leadTo(target: string | undefined): void {
    this.targetPort = target === undefined ? undefined : Number(new URL(target).port);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private take(client: Socket): void {
    if (this.targetPort === undefined) return void client.on('error', () => undefined).resetAndDestroy();
    const line = this.left-- > 0 ? this.line : {};
    const server = connect({ port: this.targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    this.sockets.add(client);
    const both = [client, server];
    for (const socket of both) {
      socket.on('error', () => both.forEach((other) => other.destroy()));
      socket.once('close', () => both.forEach((other) => other.destroy()));
    }
    client.once('close', () => this.sockets.delete(client));
    void carry(client, server, line.up ?? {});
    void carry(server, client, line.down ?? {});
  }
}

interface Piece {
  readonly bytes: Buffer;
  readonly due: number;
}

/** Brings what comes from one socket to the other, until one of them is gone. */
async function carry(from: Socket, to: Socket, way: Way): Promise<void> {
  const queue: Piece[] = [];
  let waiting = 0;
  let ended = false;
  let wake: () => void = () => undefined;
  let last = 0;
  from.on('data', (bytes: Buffer) => {
    const [usual, jitter] = way.latencyMs ?? [0, 0];
    last = Math.max(last, performance.now() + usual + (Math.random() * 2 - 1) * jitter);
    queue.push({ bytes, due: last });
    if ((waiting += bytes.length) > MOST_WAITING) from.pause();
    wake();
  });
  from.once('end', () => ((ended = true), wake()));
  from.once('close', () => ((ended = true), wake()));
  for (let sent = 0; !to.destroyed;) {
    const piece = queue.shift();
    if (!piece) {
      if (ended) break;
      await new Promise<void>((resolve) => (wake = resolve));
      continue;
    }
    if (piece.due > performance.now()) await sleep(piece.due - performance.now());
    for (const bytes of sliced(piece.bytes, way, sent)) {
      const [most, then] = way.after ?? [Infinity, 'end'];
      await written(to, bytes.subarray(0, most - sent));
      sent += bytes.length;
      if (sent >= most) return leave(from, to, then);
      if (way.bytesPerSecond !== undefined) await sleep((bytes.length / way.bytesPerSecond) * 1_000);
    }
    waiting -= piece.bytes.length;
    if (waiting <= MOST_WAITING) from.resume();
  }
  if (way.closeMs !== undefined) await sleep(way.closeMs);
  to.end();
}

function* sliced(bytes: Buffer, { slices }: Way, sent: number): Generator<Buffer, void, undefined> {
  const fine = slices ? Math.max(0, Math.min(bytes.length, slices.of - sent)) : 0;
  for (let at = 0; slices && at < fine;) {
    const length = Math.min(fine - at, Math.max(1, Math.round(slices.bytes * (0.5 + Math.random()))));
    yield bytes.subarray(at, (at += length));
  }
  if (fine < bytes.length) yield bytes.subarray(fine);
}

function written(to: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (bytes.length === 0 || to.destroyed) return resolve();
    to.once('close', resolve);
    to.write(bytes, () => {
      to.off('close', resolve);
      resolve();
    });
  });
}

function leave(from: Socket, to: Socket, how: 'reset' | 'end' | 'stall'): void {
  if (how === 'stall') {
    from.pause();
    // Who gives up waiting closes its half alone, and nothing that is written would tell of it.
    const gone = () => [from, to].forEach((socket) => socket.destroy());
    if (to.readableEnded) gone();
    else to.once('end', gone);
    return;
  }
  for (const socket of [from, to]) {
    if (how === 'reset') socket.resetAndDestroy();
    else socket.destroy();
  }
}
