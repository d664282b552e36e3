import { Readable } from 'node:stream';

/** A body of `bytes` bytes that gives the first at once, and the others after `ms` milliseconds of silence. */
export class StallingBody extends Readable {
  private begun = false;

  constructor(
    private readonly bytes: number,
    private readonly ms: number,
  ) {
    super();
  }

  override _read(): void {
    if (this.begun) return;
    this.begun = true;
    this.push(Buffer.alloc(1));
    setTimeout(() => {
      this.push(Buffer.alloc(this.bytes - 1));
      this.push(null);
    }, this.ms);
  }
}
