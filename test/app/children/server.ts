import 'reflect-metadata';
import type { Server, Socket } from 'node:net';
import type { Environment } from '../../../src/app/app.module.js';
import { start } from '../../../src/app/start.js';

/** What the reference server prints goes to its parent, line by line, where it listens, and how many bytes have come to it. */
for (const stream of [process.stdout, process.stderr])
  stream.write = (text: string | Uint8Array) => {
    process.send?.({ line: String(text).trimEnd() });
    return true;
  };

const app = await start(JSON.parse(process.argv[2] ?? '{}') as Environment, () => undefined);
const server = app.getHttpServer() as Server;
const sockets: Socket[] = [];
server.on('connection', (socket) => sockets.push(socket));
const tell = (): void => {
  const received = sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  if (process.connected) process.send?.({ received });
};
setInterval(tell, 50).unref();
const { port } = server.address() as { readonly port: number };
process.send?.({ port });
