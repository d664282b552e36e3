import type { ServerResponse } from 'node:http';

/** When nothing else is said. */
export const STALL_TIMEOUT_MS = 60_000;

/**
 * Cuts the connection of `response` when its client takes nothing of what waits for it for `ms` milliseconds: Node waits for
 * ever. It is the time-out of the socket, which knows of every byte that the client takes, also in the middle of a write. A
 * shorter one of the server stays. While nothing waits for the client, it may be the storage that is slow: that has limits of its own.
 */
export function limitStall(response: ServerResponse, ms: number): void {
  const { socket } = response;
  // Where the request is made up (`inject` of Fastify) the socket has no time.
  if (ms === 0 || typeof socket?.setTimeout !== 'function') return;
  const before = socket.timeout ?? 0;
  if (before > 0 && before <= ms) return;
  socket.setTimeout(ms);
  response.on('timeout', () => {
    if (response.writableNeedDrain || response.writableEnded) response.destroy();
    else socket.setTimeout(ms);
  });
  // Before Node's own listener, which sets the time that the connection may be idle until the next request.
  response.prependOnceListener('finish', () => socket.setTimeout(before));
}
