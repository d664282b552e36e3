import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

/** A server in place of clamd that does what a test says, such as no clamd does. */
export class ScriptedClamd {
  /** Connections that are open. */
  readonly open = new Set<Socket>();
  /** Bytes that came, of all connections. */
  received = 0;

  private constructor(private readonly server: Server) {}

  /** @param act Told of each connection, and of the bytes of it so far each time that some come. */
  static async start(act: (socket: Socket, bytes: Buffer) => void): Promise<ScriptedClamd> {
    const server = createServer({ allowHalfOpen: true });
    const clamd = new ScriptedClamd(server);
    server.on('connection', (socket) => {
      clamd.open.add(socket);
      let bytes = Buffer.alloc(0);
      socket.on('data', (chunk) => {
        clamd.received += chunk.length;
        bytes = Buffer.concat([bytes, chunk]);
        act(socket, bytes);
      });
      socket.on('error', () => undefined);
      socket.on('end', () => socket.end());
      socket.on('close', () => clamd.open.delete(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return clamd;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.open) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** The content that came after `zINSTREAM\0`, and whether its end came too. */
export function streamed(bytes: Buffer): { readonly content: Buffer; readonly complete: boolean } {
  const chunks: Buffer[] = [];
  for (let at = 'zINSTREAM\0'.length; at + 4 <= bytes.length;) {
    const length = bytes.readUInt32BE(at);
    if (length === 0) return { content: Buffer.concat(chunks), complete: at + 4 === bytes.length };
    chunks.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return { content: Buffer.concat(chunks), complete: false };
}
