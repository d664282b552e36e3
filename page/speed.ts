/** Milliseconds that are looked at. */
const WINDOW = 3000;

/** How fast something moves, of the last seconds. */
export class Speed {
  private seen: { readonly at: number; readonly total: number }[] = [];

  /** Bytes in a second. @param total Bytes that have moved by now. */
  of(total: number, at = performance.now()): number {
    // A file that is taken out of the queue takes its bytes with it.
    if (total < (this.seen.at(-1)?.total ?? 0)) this.seen = [];
    this.seen.push({ at, total });
    while (this.seen.length > 2 && at - (this.seen[1]?.at ?? at) > WINDOW) this.seen.shift();
    const [first] = this.seen;
    if (!first || at === first.at) return 0;
    return ((total - first.total) * 1000) / (at - first.at);
  }

  /** What follows has nothing to do with what was. */
  forget(): void {
    this.seen = [];
  }
}
