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
  let hearing = hearings.get(socket);
  if (!hearing) hearings.set(socket, (hearing = new Hearing(socket)));
  return hearing.begin();
}

/** By socket, which serves many requests: a method that is put in its place and taken out again makes each use of it slow. */
const hearings = new WeakMap<Socket, Hearing>();

class Hearing {
  private on = false;
  private failed = false;
  private timer: NodeJS.Timeout | undefined;
  private readonly end = (): void => {
    // Who has the answer reads it to its end, and gives up the connection.
    this.on = false;
    clearTimeout(this.timer);
  };

  constructor(private readonly socket: Socket) {
    const destroy = socket.destroy.bind(socket);
    socket.destroy = (error?: NodeJS.ErrnoException) =>
      this.on && !this.failed && error?.syscall === 'write' ? this.defer(error, destroy) : destroy(error);
  }

  begin(): () => void {
    this.on = true;
    return this.end;
  }

  private defer(error: Error, destroy: Socket['destroy']): Socket {
    const { socket } = this;
    this.failed = true;
    // A stream of which one half has failed is not read any more, and there is no public way to say that it should be.
    (socket as unknown as { _readableState: { errored: unknown } })._readableState.errored = null;
    this.timer = setTimeout(() => destroy(error), MOMENT_MS);
    socket.once('close', () => clearTimeout(this.timer));
    return socket;
  }
}
