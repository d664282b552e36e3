import { bodyError } from '../../core/consume.js';
import { StorageError } from '../../core/error.js';
import type { Rereadable } from '../../core/rereadable.js';

/** Bytes that are read at once. */
const PIECE = 1024 * 1024;

/** Gives all bytes of `body` to `take`, a MiB at a time. Each is only lent. @throws the StorageError of `body`. */
export async function readInPieces(body: Rereadable, take: (piece: Uint8Array) => void): Promise<void> {
  for (let at = 0; at < body.byteLength; at += PIECE) {
    take(await readExactly(body, at, Math.min(at + PIECE, body.byteLength)));
  }
}

/** The bytes from `start` to before `end`, all of them. @throws StorageError ABORTED, reason `body`, when there are fewer. */
export async function readExactly(body: Rereadable, start: number, end: number): Promise<Uint8Array> {
  const bytes = await body.read(start, end).catch((error: unknown) => {
    throw bodyError(error);
  });
  if (bytes.byteLength === end - start) return bytes;
  throw new StorageError('ABORTED', `The body gave ${bytes.byteLength} bytes of ${end - start} at ${start}`, {
    reason: 'body',
  });
}
