import { Readable } from 'node:stream';
import { linkAbort } from './abort.js';
import { Bag, type Baggable } from './bag.js';
import { StorageError } from './error.js';
import { CLEAN_UP_MS } from './clean-up.js';
import type { Layer } from './layer.js';

/** Milliseconds beyond the clean-up of what is aborted. */
const MARGIN_MS = 500;

/** An operation, or of a `get` also the reading of its body. */
interface Running extends Baggable {
  readonly ended: Promise<void>;
  abort: (reason: StorageError) => void;
  /** Whether a shutdown has aborted it. */
  told?: boolean;
  end: () => void;
}

/** Knows the operations of a storage that have not ended, and the bodies that are still being read. */
export class InFlight {
  private readonly running = new Bag<Running>();
  private closed = false;

  readonly layer: Layer = async (operation, next) => {
    if (this.closed) throw new StorageError('UNAVAILABLE', 'The storage is closed', { reason: 'closed' });
    const link = linkAbort(operation.signal);
    const entry = this.begin((reason) => link.abort(reason));
    try {
      const result = await next({ ...operation, signal: link.signal });
      const body = operation.name === 'get' ? bodyOf(result) : undefined;
      if (body) {
        entry.abort = (reason) => body.destroy(reason);
        body.once('close', entry.end);
      } else {
        entry.end();
      }
      return result;
    } catch (error) {
      entry.end();
      throw error;
    } finally {
      link.release();
    }
  };

  get size(): number {
    return this.running.size;
  }

  /**
   * Waits at most `ms` milliseconds for what runs now, bodies of its gets included, then aborts what of it is
   * left and waits for its end. It does not wait for what begins meanwhile: a busy storage is never idle.
   * Returns how many it aborted.
   */
  async drain(ms: number): Promise<number> {
    const entries = this.running.values();
    if (entries.length === 0) return 0;
    const all = Promise.all(entries.map(({ ended }) => ended));
    if (await within(ms, all)) return 0;
    const left = entries.filter((entry) => this.running.has(entry));
    const reason = new StorageError('ABORTED', 'The storage is shutting down', { reason: 'shutdown' });
    // What was told before, and goes on, hears nothing.
    const patience = left.some(({ told }) => !told) ? CLEAN_UP_MS + MARGIN_MS : MARGIN_MS;
    for (const entry of left) {
      entry.told = true;
      entry.abort(reason);
    }
    await within(patience, all);
    return left.length;
  }

  /** From now on every operation is refused with UNAVAILABLE. */
  close(): void {
    this.closed = true;
  }

  private begin(abort: Running['abort']): Running {
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const entry: Running = {
      place: -1,
      ended,
      abort,
      end: () => {
        this.running.delete(entry);
        end();
      },
    };
    this.running.add(entry);
    return entry;
  }
}

/** The body of what a `get` gave, unless it has ended. */
function bodyOf(result: unknown): Readable | undefined {
  const { body } = result as { readonly body?: unknown };
  return body instanceof Readable && !body.closed ? body : undefined;
}

async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
  try {
    return await Promise.race([work.then(() => true as const), late]);
  } finally {
    clearTimeout(timer);
  }
}
