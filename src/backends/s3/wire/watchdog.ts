import { Bag, type Baggable } from '../../../core/bag.js';

/** Something that must not take for ever. */
export interface Watched extends Baggable {
  /** When it expires, by the clock of its watchdog. */
  deadline: number;
  expire(): void;
}

/**
 * Looks now and then which of many deadlines have passed. It costs a request two assignments, where timers of its own
 * would cost it a tenth of its time; so deadlines hold to about a tenth of the shortest limit, and are never early.
 */
export class Watchdog {
  private readonly watched = new Bag<Watched>();
  private readonly tickMs: number;
  private timer: NodeJS.Timeout | undefined;
  private now = 0;

  /** @param shortestMs The shortest limit that is watched, in milliseconds. */
  constructor(shortestMs: number) {
    this.tickMs = Math.min(1000, Math.max(5, Math.floor(shortestMs / 10)));
  }

  /** Calls `one.expire` when `ms` milliseconds have passed, unless its deadline moves or it is taken back. */
  watch(one: Watched, ms: number): void {
    this.watched.add(one);
    if (!this.timer) {
      this.now = performance.now();
      this.timer = setInterval(() => this.tick(), this.tickMs).unref();
    }
    one.deadline = this.in(ms);
  }

  /** The deadline of what begins now and may take `ms` milliseconds. Something has to be watched. */
  in(ms: number): number {
    return this.now + ms + this.tickMs;
  }

  unwatch(one: Watched): void {
    this.watched.delete(one);
  }

  private tick(): void {
    this.now = performance.now();
    if (this.watched.size === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
      return;
    }
    this.watched.forEach((one) => {
      if (one.deadline <= this.now) one.expire();
    });
  }
}
