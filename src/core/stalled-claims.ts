import { StorageError } from './error.js';
import { MAX_TIMER_MS } from './max-timer.js';

/** A source whose bytes wait in memory. */
export interface Filling {
  /** Whether it is its source that is waited for: it has memory, and does not wait for more. */
  readonly idle: boolean;
  /** Bytes that have come so far. */
  readonly written: number;
  /** Ends it. Absent where its source cannot stall. */
  readonly stalled: ((error: StorageError) => void) | undefined;
}

/** What one had when it was looked at first. */
interface Look {
  readonly written: number;
  readonly at: number;
}

/** Bytes in a stall time: what is slower holds the memory of all for nothing. */
const LEAST = 16 * 1024;
const LOOKS = 4;

/**
 * Ends sources that hold memory and give nothing for it, while others wait for memory: a few hundred clients who stop in the
 * middle of their uploads would otherwise keep everybody out. While nobody waits they may take as long as they like.
 */
export class StalledClaims<T extends Filling> {
  private readonly looks = new Map<T, Look>();
  private timer: NodeJS.Timeout | undefined;

  /** @param stallMs Milliseconds in which 16 KiB have to come; 0: as many as it takes. */
  constructor(
    private readonly claims: Iterable<T>,
    private readonly stallMs: number,
  ) {}

  /** @param isWanted Whether anybody waits for memory. Called as often as that may have changed. */
  watch(isWanted: boolean): void {
    if (!isWanted) return this.stop();
    if (this.timer || this.stallMs === 0) return;
    this.look();
    this.timer = setInterval(
      () => this.look(),
      Math.min(MAX_TIMER_MS, Math.max(1, this.stallMs / LOOKS)),
    ).unref();
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.looks.clear();
  }

  private look(): void {
    const at = performance.now();
    const before = new Map(this.looks);
    this.looks.clear();
    for (const claim of [...this.claims]) {
      if (!claim.idle || !claim.stalled) continue;
      const { written } = claim;
      const first = before.get(claim);
      if (first && written - first.written < LEAST) {
        if (at - first.at >= this.stallMs) claim.stalled(tooSlow(this.stallMs));
        else this.looks.set(claim, first);
      } else {
        this.looks.set(claim, { written, at });
      }
    }
  }
}

function tooSlow(stallMs: number): StorageError {
  const what = `The source gave less than ${LEAST} bytes in ${stallMs / 1000} s, while others waited for its memory`;
  return new StorageError('TIMEOUT', what, { reason: 'stalled' });
}
