import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Calls `work` while no other process of this machine does so under the same `name`; calls `waiting` once when it has to wait.
 *
 * The lock is an address that a socket listens on (unix(7), abstract sockets), so the kernel gives it back however the
 * holder ends. Only Linux has them; elsewhere nothing is locked, and who relies on it must bear that.
 */
export async function exclusively(name, waiting, work) {
  if (process.platform !== 'linux') return work();
  const path = `\0stowage-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
  const server = createServer((socket) => socket.destroy());
  for (let tries = 0; ; tries += 1) {
    try {
      server.listen({ path });
      await once(server, 'listening');
      break;
    } catch (error) {
      if (error.code !== 'EADDRINUSE') throw error;
      if (tries === 0) waiting();
      await sleep(250);
    }
  }
  try {
    return await work();
  } finally {
    server.close();
  }
}
