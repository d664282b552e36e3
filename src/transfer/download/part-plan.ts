/** Bytes of a part. */
const PART = 8 * 1024 * 1024;
const MIB = 1024 * 1024;
/** What is written down of each part has to stay small. */
const MAX_PARTS = 10_000;
/** However small parts are asked for: a size that a server tells must not fill the memory with a plan. */
const MOST_PARTS = 100_000;

/** Parts one behind the other, from `first` to before `end`. */
export interface Run {
  readonly first: number;
  readonly end: number;
}

/** The parts of an object, counted from 0: all of one size but the last one. */
export class PartPlan {
  /** Bytes of the smallest part that may be asked for. */
  static readonly leastPart = 64 * 1024;

  readonly partSize: number;
  readonly count: number;

  /** @param partSize Default: 8 MiB, more for what would have over 10,000 parts. One that makes over 100,000 is raised. */
  constructor(
    readonly size: number,
    partSize?: number,
  ) {
    const wanted = partSize ?? Math.max(PART, Math.ceil(size / MAX_PARTS / MIB) * MIB);
    this.partSize = Math.max(wanted, Math.ceil(size / MOST_PARTS));
    this.count = Math.ceil(size / this.partSize);
  }

  startOf(part: number): number {
    return part * this.partSize;
  }

  sizeOf(part: number): number {
    return Math.min(this.partSize, this.size - part * this.partSize);
  }

  /** The parts that are not in `done`: each by itself, or joined where they follow each other. */
  missing(done: ReadonlyMap<number, number>, joined: boolean): Run[] {
    const runs: Run[] = [];
    for (let part = 0; part < this.count; part++) {
      if (done.has(part)) continue;
      const last = runs.at(-1);
      if (joined && last?.end === part) runs[runs.length - 1] = { first: last.first, end: part + 1 };
      else runs.push({ first: part, end: part + 1 });
    }
    return runs;
  }
}
