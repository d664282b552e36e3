import { Readable } from 'node:stream';
import type { Rereadable } from '../../../core/rereadable.js';
import { readExactly } from '../read-in-pieces.js';

/** Bytes that are read at once. */
const PIECE = 256 * 1024;

/** What a command of the SDK is told of its body. */
export interface BodyInput {
  readonly input: { readonly Body: Uint8Array | Readable; readonly ContentLength?: number };
  /** The stream, when it is one: it is read once, whatever becomes of the command. */
  readonly stream?: Readable | undefined;
}

/** A body that can be read any number of times goes as a stream of known length, which the SDK sends once. */
export function bodyInput(body: Uint8Array | Rereadable): BodyInput {
  if (body instanceof Uint8Array) return { input: { Body: body } };
  const stream = Readable.from(pieces(body), { objectMode: false, highWaterMark: PIECE });
  return { input: { Body: stream, ContentLength: body.byteLength }, stream };
}

async function* pieces(body: Rereadable): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; at < body.byteLength; at += PIECE) {
    // A copy: the next one may be read before this one has left, into the same memory.
    yield Buffer.from(await readExactly(body, at, Math.min(at + PIECE, body.byteLength)));
  }
}
