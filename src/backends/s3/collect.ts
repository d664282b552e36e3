import type { Readable } from 'node:stream';
import type { Body } from '../../core/backend.js';
import { consume, type ConsumeOptions } from '../../core/consume.js';
import { StorageError } from '../../core/error.js';

/** What of a stream fits into memory: one part. */
const MAX_STREAM = 8 * 1024 * 1024;

/**
 * All bytes of a body, so that it can be sent again. A stream is held in memory, so it has a limit.
 * @param maxPut Bytes that one request takes.
 * @throws StorageError TOO_LARGE, and as `consume`.
 */
export async function collect(body: Body, options: ConsumeOptions, maxPut: number): Promise<Uint8Array> {
  if (body instanceof Uint8Array) {
    if (body.byteLength > maxPut) throw tooLarge(`One request stores at most ${maxPut} bytes`);
    await consume(body, options, () => undefined);
    return body;
  }
  if (options.size !== undefined && options.size > MAX_STREAM) throw streamTooLarge(body);
  const chunks: Uint8Array[] = [];
  let total = 0;
  await consume(body, options, (chunk) => {
    total += chunk.byteLength;
    if (total > MAX_STREAM) throw streamTooLarge(body);
    chunks.push(chunk);
  });
  const [only] = chunks;
  return chunks.length === 1 && only ? only : Buffer.concat(chunks, total);
}

function streamTooLarge(body: Readable): StorageError {
  body.destroy();
  return tooLarge(`A stream of more than ${MAX_STREAM} bytes is not taken yet: pass its bytes`);
}

function tooLarge(why: string): StorageError {
  return new StorageError('TOO_LARGE', why, { reason: 'size' });
}
