/** How many parts an object was uploaded in, by its ETag, which ends in their number everywhere; 0 for one that went as a whole. */
export function partCountOf(etag: string): number {
  return Number(/-(\d+)$/.exec(etag)?.[1] ?? 0);
}
