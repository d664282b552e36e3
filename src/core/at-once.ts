import { Gate } from './gate.js';

/** What `work` makes of each of `all`, in their order; at most `limit` of them are worked on at once. */
export async function atOnce<T, R>(
  all: readonly T[],
  limit: number,
  work: (one: T) => Promise<R>,
): Promise<R[]> {
  const gate = new Gate(limit);
  return Promise.all(
    all.map(async (one) => {
      await gate.enter();
      try {
        return await work(one);
      } finally {
        gate.leave();
      }
    }),
  );
}
