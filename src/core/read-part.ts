import { types } from 'node:util';
import { throwIfAborted } from './abort.js';
import { bodyError } from './consume.js';
import { StorageError } from './error.js';
import type { Rereadable } from './rereadable.js';

/** Bytes that are asked of a source at once. */
const PIECE = 1024 * 1024;

/**
 * Gives `bytes` to `take`, a piece after the other; a piece is only good until the promise of `take` is settled.
 * @throws StorageError ABORTED when the signal aborts, or the source fails or gives other than was asked for; a StorageError
 * of the source as it is; whatever `take` throws.
 */
export async function readPart(
  bytes: Uint8Array | Rereadable,
  signal: AbortSignal | undefined,
  take: (piece: Uint8Array) => Promise<void> | void,
): Promise<void> {
  throwIfAborted(signal);
  if (types.isUint8Array(bytes)) {
    await take(bytes);
    return throwIfAborted(signal);
  }
  for (let start = 0; start < bytes.byteLength; start += PIECE) {
    const end = Math.min(start + PIECE, bytes.byteLength);
    const piece = await read(bytes, start, end);
    throwIfAborted(signal);
    await take(piece);
  }
  throwIfAborted(signal);
}

async function read(bytes: Rereadable, start: number, end: number): Promise<Uint8Array> {
  const piece = await bytes.read(start, end).catch((error: unknown) => {
    throw bodyError(error);
  });
  if (piece.byteLength !== end - start)
    throw new StorageError('ABORTED', `The part gave ${piece.byteLength} bytes, not ${end - start}`, {
      reason: 'body',
    });
  return piece;
}
