import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { sleep } from '../support/within.js';
import { Connection } from './connection.js';
import { meets, type ConnectFault, type Fault, type SeenRequest } from './fault.js';
import { TinyS3 } from './tiny-s3.js';

/** What a server proves itself with, in PEM. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
}

/**
 * A small S3 on loopback, correct until it is told to break: each request meets the first fault that fits it.
 * It keeps every request that it met and counts its connections, so that a test sees retries, double sends and leaks.
 */
export class FaultServer {
  readonly s3 = new TinyS3();
  readonly requests: SeenRequest[] = [];
  private readonly connections = new Set<Connection>();
  private faults: { readonly fault: Fault; left: number }[] = [];
  private connectFaults: ConnectFault[] = [];
  private server: Server;
  private port = 0;
  private accepted = 0;
  private most = 0;

  private constructor(private readonly identity?: Identity) {
    this.server = this.listener();
  }

  /** Starts one on a free port; with `identity` it speaks TLS. */
  static async start(identity?: Identity): Promise<FaultServer> {
    const server = new FaultServer(identity);
    await server.listen();
    return server;
  }

  /** `http://127.0.0.1:port` */
  get endpoint(): string {
    return `${this.identity ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  /** Connections: open now, of these with a request under way, most at once, all. */
  get counts(): {
    readonly open: number;
    readonly busy: number;
    readonly most: number;
    readonly total: number;
  } {
    const busy = [...this.connections].filter((connection) => connection.busy).length;
    return { open: this.connections.size, busy, most: this.most, total: this.accepted };
  }

  /** Breaks the next request that `fault` fits, or as many as it says. */
  next(fault: Fault): this {
    this.faults.push({ fault, left: fault.times ?? 1 });
    return this;
  }

  /** Breaks the next `times` connections. */
  nextConnection(fault: ConnectFault, times = 1): this {
    this.connectFaults.push(...Array.from({ length: times }, () => fault));
    return this;
  }

  /** Breaks nothing any more. */
  heal(): this {
    this.faults = [];
    this.connectFaults = [];
    return this;
  }

  /** Requests of `method`, or all. */
  seen(method?: string): readonly SeenRequest[] {
    return this.requests.filter((request) => method === undefined || request.method === method);
  }

  /** Stops listening, so that connections are refused; those that are open stay. */
  refuse(): void {
    this.server.close();
  }

  /** Closes every connection that waits for a request, with FIN or RST. */
  closeIdle(how: 'end' | 'reset' = 'end'): void {
    for (const connection of this.connections) {
      if (!connection.busy) connection.leave(how);
    }
  }

  /** Says something on every connection that waits for a request. */
  sayIdle(text: string): void {
    for (const connection of this.connections) {
      if (!connection.busy) connection.say(text);
    }
  }

  /** Ends every stall by reading on, so that connections which the client has left are seen to be closed. */
  release(): void {
    for (const connection of this.connections) connection.release();
  }

  /** Waits for `work` and ends every stall meanwhile, also one that is only reached then. */
  async releasing<T>(work: Promise<T>): Promise<T> {
    const timer = setInterval(() => this.release(), 5);
    try {
      return await work;
    } finally {
      clearInterval(timer);
    }
  }

  /**
   * Waits until no connection has a request under way and at most `open` are open; false when that takes longer than `ms`.
   */
  async settled(open = Infinity, ms = 5_000): Promise<boolean> {
    const end = performance.now() + ms;
    for (;;) {
      this.release();
      const counts = this.counts;
      if (counts.busy === 0 && counts.open <= open) return true;
      if (performance.now() > end) return false;
      await sleep(5);
    }
  }

  /** Closes everything. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const connection of this.connections) connection.leave('drop');
    await closed;
  }

  private listener(): Server {
    return createServer({ noDelay: true }, (socket) => this.accept(socket));
  }

  private async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    this.port = (this.server.address() as AddressInfo).port;
  }

  private accept(raw: Socket): void {
    const fault = this.connectFaults.shift();
    const id = ++this.accepted;
    raw.on('error', () => undefined);
    const secure = this.identity && fault === undefined;
    const socket = secure ? new TLSSocket(raw, { isServer: true, ...this.identity }) : raw;
    socket.on('error', () => undefined);
    const connection = new Connection(socket, {
      id,
      s3: this.s3,
      seen: (request) => {
        this.requests.push(request);
        return this.faultOf(request);
      },
    });
    this.connections.add(connection);
    this.most = Math.max(this.most, this.connections.size);
    const gone = () => this.connections.delete(connection);
    raw.once('close', gone);
    socket.once('close', gone);
    void connection.serve(fault);
  }

  private faultOf(request: SeenRequest): Fault | undefined {
    const found = this.faults.find(({ fault, left }) => left > 0 && meets(fault, request));
    if (found) found.left--;
    return found?.fault;
  }
}
