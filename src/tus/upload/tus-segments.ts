/** Bytes of an upload that are less than a part, stored as an object of their own. */
export interface TusSegment {
  readonly key: string;
  /** The offset of its first byte in the upload. */
  readonly start: number;
  /** Bytes. */
  readonly size: number;
}

/** A segment, and how many of its first bytes others hold already. */
export interface TusPiece extends TusSegment {
  readonly skip: number;
}

const NAME = /^(\d{16})-[0-9a-f]{16}$/;

/** The name of a segment: no two have the same, so that none is ever replaced, not even by a request that is long given up. */
export function segmentName(start: number, unique: string): string {
  return `${String(start).padStart(16, '0')}-${unique}`;
}

/** Where a segment begins; undefined for a name that is none. */
export function segmentStart(name: string): number | undefined {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * The segments that hold what follows `base`, without a gap and as far as they reach. Where several begin within what is held,
 * that one is taken which reaches farthest: so nothing that was acknowledged is lost by what another request left.
 */
export function coverage(segments: readonly TusSegment[], base: number): readonly TusPiece[] {
  const pieces: TusPiece[] = [];
  let offset = base;
  for (;;) {
    let best: TusSegment | undefined;
    for (const one of segments)
      if (one.start <= offset && endOf(one) > offset && (!best || endOf(one) > endOf(best))) best = one;
    if (!best) return pieces;
    pieces.push({ ...best, skip: offset - best.start });
    offset = endOf(best);
  }
}

/** The offset behind the last byte of a segment. */
export const endOf = ({ start, size }: TusSegment): number => start + size;
