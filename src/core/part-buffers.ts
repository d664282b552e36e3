/** Milliseconds after which a buffer that nobody has asked for is left to the garbage collector. */
const IDLE_MS = 10_000;

interface Kept {
  readonly buffer: Buffer;
  readonly since: number;
}

/**
 * Buffers that are used again: a fresh one of 8 MiB costs the kernel 2,048 page faults, which is as much as copying into it.
 * What is kept and what is in use are never more than `limit` bytes together.
 */
export class PartBuffers {
  /** By size, those that came last at the end. */
  private readonly kept = new Map<number, Kept[]>();
  private bytes = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly limit: number) {}

  /** Bytes that are kept for reuse. */
  get size(): number {
    return this.bytes;
  }

  /** A buffer with anything in it. @param inUse Bytes of all buffers that were taken and not given back. */
  take(size: number, inUse: number): Buffer {
    const one = this.kept.get(size)?.pop();
    if (one) {
      this.bytes -= size;
      return one.buffer;
    }
    for (const same of this.kept.values())
      while (same.length > 0 && this.bytes + inUse + size > this.limit) this.drop(same);
    return Buffer.allocUnsafeSlow(size);
  }

  /** Takes back a buffer that nobody reads or writes any more. */
  give(buffer: Buffer): void {
    const size = buffer.byteLength;
    let same = this.kept.get(size);
    if (!same) this.kept.set(size, (same = []));
    same.push({ buffer, since: performance.now() });
    this.bytes += size;
    this.timer ??= setTimeout(() => this.dropIdle(), IDLE_MS).unref();
  }

  /** Leaves all that is kept to the garbage collector. */
  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.kept.clear();
    this.bytes = 0;
  }

  private dropIdle(): void {
    const until = performance.now() - IDLE_MS;
    for (const [size, same] of this.kept) {
      while (same[0] && same[0].since <= until) this.drop(same);
      if (same.length === 0) this.kept.delete(size);
    }
    this.timer = this.bytes > 0 ? setTimeout(() => this.dropIdle(), IDLE_MS).unref() : undefined;
  }

  private drop(same: Kept[]): void {
    const one = same.shift();
    if (one) this.bytes -= one.buffer.byteLength;
  }
}
