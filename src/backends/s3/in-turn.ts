import type { Rereadable } from '../../core/rereadable.js';

/**
 * `body`, each reading of which waits for the one before: a request that has failed may still be reading when the next one
 * begins to, and what is read may be in the same memory.
 */
export function inTurn<T extends Uint8Array | Rereadable>(body: T): T | Rereadable {
  if (body instanceof Uint8Array) return body;
  let last: Promise<unknown> = Promise.resolve();
  return {
    byteLength: body.byteLength,
    read: (start, end) => {
      const reading = last.then(() => body.read(start, end));
      last = reading.catch(() => undefined);
      return reading;
    },
  };
}
