import type { Socket } from 'node:net';

/**
 * Reads a socket by need: what nobody asks for stays in the kernel, so that whoever writes it has to wait.
 */
export class SocketReader {
  private rest: Buffer = Buffer.alloc(0);
  private over = false;

  constructor(private readonly socket: Socket) {
    socket.once('end', () => (this.over = true));
    socket.once('close', () => (this.over = true));
  }

  /** Whether nothing has come that was not taken. */
  get empty(): boolean {
    return this.rest.length === 0;
  }

  /** All bytes up to `mark`, with it; undefined when the connection ends before. */
  async until(mark: string): Promise<Buffer | undefined> {
    for (;;) {
      const at = this.rest.indexOf(mark);
      if (at >= 0) return this.cut(at + mark.length);
      const more = await this.next();
      if (!more) return undefined;
      this.rest = Buffer.concat([this.rest, more]);
    }
  }

  /** The next `size` bytes, piece by piece; fewer when the connection ends before. */
  async *take(size: number): AsyncGenerator<Buffer, void, undefined> {
    let left = size;
    while (left > 0) {
      if (this.empty) {
        const more = await this.next();
        if (!more) return;
        this.rest = more;
      }
      const piece = this.cut(Math.min(left, this.rest.length));
      left -= piece.length;
      yield piece;
    }
  }

  /** Throws away the next `size` bytes, or all until the end. */
  async drain(size = Infinity): Promise<void> {
    const pieces = this.take(size);
    while (!(await pieces.next()).done);
  }

  /** Waits until something has come; false when the connection ended instead. */
  async more(): Promise<boolean> {
    if (!this.empty) return true;
    const more = await this.next();
    if (more) this.rest = more;
    return more !== undefined;
  }

  private cut(size: number): Buffer {
    const piece = this.rest.subarray(0, size);
    this.rest = this.rest.subarray(size);
    return piece;
  }

  private async next(): Promise<Buffer | undefined> {
    for (;;) {
      const chunk = this.socket.read() as Buffer | null;
      if (chunk) return chunk;
      if (this.over || this.socket.destroyed) return undefined;
      await new Promise<void>((resolve) => {
        const events = ['readable', 'end', 'close'] as const;
        const done = () => {
          for (const event of events) this.socket.off(event, done);
          resolve();
        };
        for (const event of events) this.socket.on(event, done);
      });
    }
  }
}
