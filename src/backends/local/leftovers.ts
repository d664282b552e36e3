import { errno } from '../../core/errno.js';

/** Clean-up that failed and is tried again by the next sweep: the operation that wanted it had done its work. */
export class Leftovers {
  private readonly pending = new Set<() => Promise<unknown>>();

  /** Runs `cleanUp`, which fails never, only later. */
  async remove(cleanUp: () => Promise<unknown>): Promise<void> {
    try {
      await cleanUp();
      this.pending.delete(cleanUp);
    } catch (error) {
      if (errno(error) === 'ENOENT') this.pending.delete(cleanUp);
      else this.pending.add(cleanUp);
    }
  }

  async sweep(): Promise<void> {
    for (const cleanUp of [...this.pending]) await this.remove(cleanUp);
  }
}
