import { createHash } from 'node:crypto';
import type { Rereadable } from '../../../core/rereadable.js';
import { readInPieces } from '../read-in-pieces.js';
import { sha256Hex } from './signer.js';

/** The body of a request as its signature has it, hashed once for all tries. */
export class Payload {
  private hash: string | Promise<string> | undefined;

  constructor(private readonly body: Uint8Array | Rereadable | undefined) {}

  get empty(): boolean {
    return this.body === undefined;
  }

  /** In hexadecimal. A body that has to be read rejects with its own StorageError. */
  sha256(): string | Promise<string> {
    const { body = new Uint8Array() } = this;
    return (this.hash ??= body instanceof Uint8Array ? sha256Hex(body) : hashOf(body));
  }
}

async function hashOf(body: Rereadable): Promise<string> {
  const hash = createHash('sha256');
  await readInPieces(body, (piece) => hash.update(piece));
  return hash.digest('hex');
}
