import { onAbort } from '../../../core/abort.js';
import type { StorageError } from '../../../core/error.js';

/** A place in the gate: whoever got it says how its try ended, once. */
export interface GatePass {
  /** The server answered and was not too busy. */
  succeeded(): void;
  /** The server was too busy. */
  throttled(): void;
  /** Neither: it says nothing of how busy the server is. */
  failed(): void;
}

/**
 * How many requests for parts a backend has under way at once. A server that is too busy halves that, once for all
 * requests that were under way then; as many successes as are let in at once let in one more. (Additive increase,
 * multiplicative decrease: https://www.rfc-editor.org/rfc/rfc5681#section-3.1.)
 */
export class PartGate {
  private inside = 0;
  private allowed: number;
  private successes = 0;
  /** Counts the times that it was halved. */
  private era = 0;
  private readonly queue = new Set<() => void>();

  /** @param most Never more than this. */
  constructor(private readonly most: number) {
    this.allowed = most;
  }

  /** Requests that are let in at once now. */
  get limit(): number {
    return this.allowed;
  }

  /** Waits for a place. @throws the StorageError of the signal. */
  async enter(signal?: AbortSignal): Promise<GatePass> {
    if (this.inside < this.allowed && this.queue.size === 0) this.inside++;
    else await this.turn(signal);
    return this.pass(this.era);
  }

  private turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      let release = (): void => undefined;
      const turn = () => {
        release();
        resolve();
      };
      this.queue.add(turn);
      release = onAbort(signal, (error: StorageError) => {
        if (this.queue.delete(turn)) reject(error);
      });
    });
  }

  private pass(era: number): GatePass {
    const leave = (change: () => void) => () => {
      change();
      this.inside--;
      this.letIn();
    };
    return {
      succeeded: leave(() => this.raise()),
      throttled: leave(() => this.lower(era)),
      failed: leave(() => undefined),
    };
  }

  private raise(): void {
    if (++this.successes < this.allowed) return;
    this.successes = 0;
    this.allowed = Math.min(this.most, this.allowed + 1);
  }

  private lower(era: number): void {
    // It had begun before the limit was halved, so it says nothing of the new one.
    if (era !== this.era) return;
    this.era++;
    this.successes = 0;
    this.allowed = Math.max(1, Math.floor(Math.min(this.allowed, this.inside) / 2));
  }

  private letIn(): void {
    for (const turn of this.queue) {
      if (this.inside >= this.allowed) return;
      this.queue.delete(turn);
      this.inside++;
      turn();
    }
  }
}
