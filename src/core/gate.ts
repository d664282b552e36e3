import { StorageError } from './error.js';

/** Lets a limited number in at once; the others wait in the order of their coming. */
export class Gate {
  private inside = 0;
  private readonly queue = new Set<() => void>();

  constructor(private readonly limit: number) {
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw new StorageError('INVALID_ARGUMENT', `A limit is 1 or more, not ${limit}`, { reason: 'config' });
    }
  }

  /** Whether nobody is inside or waiting. */
  get idle(): boolean {
    return this.inside === 0 && this.queue.size === 0;
  }

  /** Resolves when there is a place. `watch` may end the waiting with an error, and returns how to stop watching. */
  async enter(
    watch: (fail: (error: StorageError) => void) => () => void = () => () => undefined,
  ): Promise<void> {
    if (this.inside < this.limit) {
      this.inside++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const turn = () => {
        unwatch();
        resolve();
      };
      let unwatch = (): void => undefined;
      this.queue.add(turn);
      unwatch = watch((error) => {
        this.queue.delete(turn);
        reject(error);
      });
    });
  }

  leave(): void {
    const [next] = this.queue;
    if (next) {
      this.queue.delete(next);
      next();
    } else {
      this.inside--;
    }
  }
}
