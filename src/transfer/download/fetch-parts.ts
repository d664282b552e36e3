import { linkAbort } from '../../core/abort.js';
import { StorageError } from '../../core/error.js';
import type { ObjectInfo } from '../../core/object.js';
import { crc32 } from 'node:zlib';
import type { ObjectSource } from './object-source.js';
import type { PartPlan, Run } from './part-plan.js';

/** Where the bytes of parts that follow each other go. */
export interface PartWriter {
  /** Takes a chunk, which does not change any more. What it may return is the wait for room. */
  take(chunk: Uint8Array): Promise<void> | void;
  /** Resolves when all that was taken has arrived. */
  flush(): Promise<void>;
  /** Resolves when nothing is on its way any more, also after a failure. */
  settle(): Promise<void>;
}

/** What is fetched, and what becomes of it. */
export interface Fetching {
  readonly source: ObjectSource;
  readonly info: ObjectInfo;
  readonly plan: PartPlan;
  /** Parts that are there, by their CRC-32. Those that are fetched are added. */
  readonly done: Map<number, number>;
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
  writerAt(position: number): PartWriter;
  /** Told of bytes as they come, and of a part when it has arrived. */
  progress(bytes: number, parts: number): void;
  /** The wait for leave to go on. */
  partDone?(): Promise<void>;
}

/**
 * Fetches all parts that are missing, so many at once. The first failure ends the others; when it is thrown, nothing is on its
 * way any more.
 */
export async function fetchParts(fetching: Fetching): Promise<void> {
  const { plan, done, concurrency, signal } = fetching;
  // One connection brings what follows each other by one request.
  const queue = plan.missing(done, concurrency === 1);
  const link = linkAbort(signal);
  const failures: unknown[] = [];
  const lane = async () => {
    for (let run = queue.shift(); run && failures.length === 0; run = queue.shift()) {
      try {
        await fetchRun(fetching, run, link.signal);
      } catch (error) {
        failures.push(error);
        link.abort(new StorageError('ABORTED', 'Another part of the download failed'));
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, queue.length) }, lane));
  } finally {
    link.release();
  }
  if (failures.length > 0) throw failures[0];
}

async function fetchRun(fetching: Fetching, { first, end }: Run, signal: AbortSignal): Promise<void> {
  const { source, info, plan } = fetching;
  const start = plan.startOf(first);
  const last = plan.startOf(end - 1) + plan.sizeOf(end - 1) - 1;
  const writer = fetching.writerAt(start);
  const parts = new RunParts(fetching, writer, first);
  try {
    await source.read(info, { start, end: last }, signal, (chunk) => parts.take(chunk));
  } finally {
    await writer.settle();
  }
}

/** Tells the parts of a run apart. */
class RunParts {
  private crc = 0;
  private left: number;

  constructor(
    private readonly fetching: Fetching,
    private readonly writer: PartWriter,
    private part: number,
  ) {
    this.left = fetching.plan.sizeOf(part);
  }

  take(chunk: Uint8Array): Promise<void> | void {
    if (chunk.byteLength >= this.left) return this.takeTo(chunk);
    return this.count(chunk);
  }

  private count(chunk: Uint8Array): Promise<void> | void {
    this.crc = crc32(chunk, this.crc);
    this.left -= chunk.byteLength;
    this.fetching.progress(chunk.byteLength, 0);
    return this.writer.take(chunk);
  }

  /** A chunk with the end of a part in it, or of several. */
  private async takeTo(chunk: Uint8Array): Promise<void> {
    let rest = chunk;
    while (rest.byteLength >= this.left && rest.byteLength > 0) {
      const end = this.left;
      await this.count(rest.subarray(0, end));
      rest = rest.subarray(end);
      // It counts when it is where it should be.
      await this.writer.flush();
      const { fetching, part, crc } = this;
      fetching.done.set(part, crc);
      fetching.progress(0, 1);
      await fetching.partDone?.();
      this.part++;
      this.crc = 0;
      this.left = this.part < fetching.plan.count ? fetching.plan.sizeOf(this.part) : Infinity;
    }
    if (rest.byteLength > 0) await this.count(rest);
  }
}
