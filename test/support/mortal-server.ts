import { TcpProxy } from '../faults/tcp-proxy.js';
import type { Child } from './children.js';

const isListening = (message: unknown): message is { readonly port: number } =>
  typeof (message as { port?: unknown } | null)?.port === 'number';

/** The URL of a server that is a child process, when it listens. */
export async function listening(child: Child): Promise<string> {
  const { port } = await child.heard(isListening, 60_000);
  return `http://127.0.0.1:${port}`;
}

/** A server that is killed and started again, at one address: that of a proxy, because its own port may be another's meanwhile. */
export class MortalServer {
  private child: Child | undefined;

  private constructor(private readonly proxy: TcpProxy) {}

  /** An address at which nothing runs yet. */
  static async create(): Promise<MortalServer> {
    return new MortalServer(await TcpProxy.start());
  }

  /** `http://127.0.0.1:port`, of all its lives. */
  get url(): string {
    return this.proxy.endpoint;
  }

  /** Waits for a child that was just started until it listens, and leads there. */
  async run(child: Child): Promise<void> {
    this.child = child;
    this.proxy.leadTo(await listening(child));
  }

  /** Waits for the end of one that kills itself. */
  async died(): Promise<void> {
    await this.child?.ended();
    this.proxy.leadTo(undefined);
  }

  /** Kills it, as by `kill -9`, unless it is dead. */
  async kill(): Promise<void> {
    this.child?.signal('SIGKILL');
    await this.died();
  }

  /** Kills it, and gives up its address. */
  async close(): Promise<void> {
    await this.kill();
    await this.proxy.close();
  }
}
