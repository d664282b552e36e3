import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { within } from './within.js';

export const KIB = 1024;
export const MIB = 1024 * KIB;

/** In Jest a look at a global from a loop takes half a microsecond. */
const { imul } = Math;

/** `size` bytes that differ from place to place, so that a shifted or repeated block is noticed. */
export function bytesOf(size: number, seed = 1): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  for (let i = 0; i < size; i++) {
    state = (imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Gives `first` and then nothing more, not even an end. */
export function stalled(first: string | Buffer = 'first '): Readable {
  let given = false;
  return new Readable({
    read() {
      if (given) return;
      given = true;
      this.push(first);
    },
  });
}

/** Gives `first` and then fails with `error`. */
export function failing(error: Error, first: string | Buffer = 'first '): Readable {
  let given = false;
  return new Readable({
    read() {
      if (given) return void this.destroy(error);
      given = true;
      this.push(first);
    },
  });
}

/** A stream of `chunks` as bytes. */
export function streamOf(...chunks: readonly (string | Uint8Array)[]): Readable {
  return Readable.from(
    chunks.map((chunk) => Buffer.from(chunk as Uint8Array)),
    { objectMode: false },
  );
}

/** Resolves when `stream` has ended, failed or was destroyed, and has let go of what it held. */
export async function released(stream: Readable): Promise<void> {
  if (stream.closed) return;
  await within(
    finished(stream).catch(() => undefined),
    'the release of the stream',
    10_000,
  );
}

/** Reads `stream` to its end. */
export async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
