import { onAbort } from '../../core/abort.js';

/** How the items are gone through. */
interface Manner {
  /** Items that are worked on, or whose results wait to be taken. */
  readonly limit: number;
  /** When it aborts no further item begins. */
  readonly signal: AbortSignal;
  /** Whether no further item begins, asked before each. */
  readonly stopped: () => boolean;
  /** Called when the reader leaves before the end: what runs has to end then. */
  readonly leave: () => void;
}

/**
 * What `work` makes of each of `items`, as it is ready. The next item is asked for when there is a place: a million items need
 * the memory of `limit`. It ends when what has begun has ended, and tells whether all items have.
 * @throws what `items` or `work` did.
 */
export async function* eachAtOnce<T, R>(
  items: AsyncIterator<T> | Iterator<T>,
  work: (item: T) => Promise<R>,
  { limit, signal, stopped, leave }: Manner,
): AsyncGenerator<R, boolean, undefined> {
  const ready: R[] = [];
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  let asking = false;
  let ended = false;
  let left = true;
  let whole: boolean;
  let wake = (): void => undefined;
  const release = onAbort(signal, () => wake());
  const isOpen = () => !ended && !failure && !signal.aborted && !stopped();
  const begin = (item: T): void => {
    const done = work(item)
      .then(
        (result) => void ready.push(result),
        (error: unknown) => void (failure ??= { error }),
      )
      .then(() => {
        running.delete(done);
        wake();
      });
    running.add(done);
  };
  const fill = async (): Promise<void> => {
    if (asking) return;
    asking = true;
    try {
      while (isOpen() && running.size + ready.length < limit) {
        const next = await items.next();
        // What comes after the end, of a source that had stalled, does not begin.
        if (next.done) ended = true;
        else if (!ended) begin(next.value);
      }
    } catch (error) {
      ended = true;
      failure ??= { error };
    }
    asking = false;
    wake();
  };
  try {
    for (;;) {
      void fill();
      const [result] = ready.splice(0, 1);
      if (result !== undefined) yield result;
      else if (running.size === 0 && !(asking && isOpen())) break;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    left = false;
    whole = ended;
  } finally {
    release();
    if (left) leave();
    // Without waiting: a source that has stalled would hold us.
    if (!ended) void end(items);
    ended = true;
    await Promise.all(running);
  }
  if (failure) throw failure.error;
  return whole;
}

async function end(items: AsyncIterator<unknown> | Iterator<unknown>): Promise<void> {
  try {
    await items.return?.();
  } catch {
    // Nobody is there any more who could be told.
  }
}
