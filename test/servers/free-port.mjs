import { once } from 'node:events';
import { createServer } from 'node:net';

let asked = 0;

/**
 * A TCP port of 127.0.0.1 that nothing listens on. Each process begins at ports of its own, for two that got the same
 * one at the same time would both find it free. It is not one of those that the kernel gives to outgoing connections
 * (32,768 and above on Linux), so that none of them takes it before the server does.
 */
export async function freePort() {
  for (;;) {
    const port = 10_000 + ((process.pid * 4 + asked++) % 22_000);
    if (await isFree(port)) return port;
  }
}

/** Whether nothing listens on the TCP port `port` of 127.0.0.1, and we may. */
export async function isFree(port) {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch (error) {
    if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
    return false;
  } finally {
    server.close();
  }
}
