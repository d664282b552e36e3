import { Readable } from 'node:stream';
import { linkAbort } from './abort.js';
import { StorageError } from './error.js';
import type { Layer } from './layer.js';

/** Knows the operations of a storage that have not ended, and the bodies that are still being read. */
export class InFlight {
  private readonly running = new Map<
    object,
    { readonly ended: Promise<void>; abort(reason: StorageError): void }
  >();
  private closed = false;

  readonly layer: Layer = async (operation, next) => {
    if (this.closed) throw new StorageError('UNAVAILABLE', 'The storage is closed', { reason: 'closed' });
    const link = linkAbort(operation.signal);
    const end = this.add((reason) => link.abort(reason));
    try {
      const result = await next({ ...operation, signal: link.signal });
      if (operation.name === 'get') this.watchBody(result);
      return result;
    } finally {
      link.release();
      end();
    }
  };

  get size(): number {
    return this.running.size;
  }

  /**
   * Waits at most `ms` milliseconds for what runs now, then aborts what of it is left and waits for its end.
   * Returns how many it aborted.
   */
  async drain(ms: number): Promise<number> {
    const entries = [...this.running];
    if (entries.length === 0) return 0;
    const all = Promise.allSettled(entries.map(([, { ended }]) => ended));
    if (await within(ms, all)) return 0;
    const left = entries.filter(([entry]) => this.running.has(entry));
    const reason = new StorageError('ABORTED', 'The storage is shutting down', { reason: 'shutdown' });
    left.forEach(([, { abort }]) => abort(reason));
    await within(1000, all);
    return left.length;
  }

  /** From now on every operation is refused with UNAVAILABLE. */
  close(): void {
    this.closed = true;
  }

  private watchBody(result: unknown): void {
    const body = (result as { readonly body?: unknown }).body;
    if (!(body instanceof Readable) || body.destroyed) return;
    const end = this.add((reason) => body.destroy(reason));
    body.once('close', end);
  }

  private add(abort: (reason: StorageError) => void): () => void {
    const entry = {};
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    this.running.set(entry, { ended, abort });
    return () => {
      this.running.delete(entry);
      end();
    };
  }
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
