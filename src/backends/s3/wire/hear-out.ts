import type { Socket } from 'node:net';

/** Milliseconds in which an answer is read after a write has failed: it is there already, or the connection says that it ended. */
const MOMENT_MS = 100;

/**
 * Lets `socket` be read for a moment longer when a write to it fails. Node gives it up at once, though an answer may
 * have come before the connection was reset: a server that refuses a request by its headers and closes, without the
 * body, resets it (https://www.rfc-editor.org/rfc/rfc9112#section-9.6), and the kernel still has the answer.
 * @returns Ends that.
 */
export function hearOut(socket: Socket): () => void {
  const destroy = socket.destroy.bind(socket);
  let failed = false;
  let timer: NodeJS.Timeout | undefined;
  socket.destroy = (error?: NodeJS.ErrnoException) => {
    if (failed || error?.syscall !== 'write') return destroy(error);
    failed = true;
    // A stream of which one half has failed is not read any more, and there is no public way to say that it should be.
    (socket as unknown as { _readableState: { errored: unknown } })._readableState.errored = null;
    timer = setTimeout(() => destroy(error), MOMENT_MS);
    socket.once('close', () => clearTimeout(timer));
    return socket;
  };
  return () => {
    // Who has the answer reads it to its end, and gives up the connection.
    clearTimeout(timer);
    Reflect.deleteProperty(socket, 'destroy');
  };
}
