import type { FileHandle } from 'node:fs/promises';
import type { PartWriter } from './fetch-parts.js';
import { onTarget } from './target-error.js';

/** Bytes that are written at once: chunk by chunk a file costs a third more. */
const GATHERED = 1024 * 1024;

/** Writes what comes in order to a place of a file, gathered; while one piece is being written the next one is gathered. */
export class GatheredWrites implements PartWriter {
  private chunks: Uint8Array[] = [];
  private gathered = 0;
  private writing: Promise<void> | undefined;

  /** @param position Of the first byte in the file. */
  constructor(
    private readonly file: FileHandle,
    private position: number,
  ) {}

  /** Takes a chunk, which must not change any more. What it may return is the wait for room. @throws StorageError of the target. */
  take(chunk: Uint8Array): Promise<void> | void {
    this.chunks.push(chunk);
    this.gathered += chunk.byteLength;
    if (this.gathered < GATHERED) return;
    if (!this.writing) this.begin();
    else return this.writing.then(() => this.begin());
  }

  /** Resolves when all of it is in the file. */
  async flush(): Promise<void> {
    await this.writing;
    this.begin();
    await this.writing;
  }

  /** Resolves when nothing is being written any more, however that ended: the file may be closed then. */
  async settle(): Promise<void> {
    this.chunks = [];
    this.gathered = 0;
    await this.writing?.catch(() => undefined);
  }

  private begin(): void {
    const { chunks, position } = this;
    if (chunks.length === 0) return;
    this.chunks = [];
    this.position += this.gathered;
    this.gathered = 0;
    const writing = onTarget(writeAll(this.file, chunks, position)).then(() => {
      if (this.writing === writing) this.writing = undefined;
    });
    // It is looked at by whoever comes next.
    writing.catch(() => undefined);
    this.writing = writing;
  }
}

/** A write may be cut short: what is left follows, so that it fails with the reason of that. */
async function writeAll(file: FileHandle, chunks: Uint8Array[], position: number): Promise<void> {
  for (let left = chunks; left.length > 0;) {
    const { bytesWritten } = await file.writev(left, position);
    position += bytesWritten;
    left = behind(left, bytesWritten);
  }
}

function behind(chunks: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  const left: Uint8Array[] = [];
  for (const chunk of chunks) {
    if (skip < chunk.byteLength) left.push(chunk.subarray(skip));
    skip = Math.max(0, skip - chunk.byteLength);
  }
  return left;
}
