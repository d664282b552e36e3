import type { Readable } from 'node:stream';
import { consume } from '../../core/consume.js';
import { StorageError } from '../../core/error.js';
import type { UploadedPart } from '../../core/part-store.js';
import { refusal } from '../../http/errors/refuse.js';
import type { KeptRecord } from './tus-folder.js';
import { TusPart } from './tus-part.js';
import type { TusState } from './tus-state.js';
import type { TusTools } from './tus-tools.js';
import { abortStray } from './tus-uploads.js';

/** Segments of one part, after which they are made one: a client may send a few bytes at a time. */
const MAX_SEGMENTS = 64;

/** What has come of an upload when a request has ended. */
export interface Received {
  readonly kept: KeptRecord;
  /** All that is stored. */
  readonly offset: number;
  /** Of an upload that is all there: its parts, or its bytes where they are less than a part. */
  readonly whole?: { readonly parts: readonly UploadedPart[] } | { readonly bytes: Uint8Array } | undefined;
}

/**
 * Stores what one request brings. Bytes go out as parts when those are full, one after the other, so that the parts that are
 * there never have a gap; the next one is filled meanwhile. What is left at the end, less than a part, becomes a segment.
 */
export class TusReceiver {
  private kept: KeptRecord;
  private readonly parts: UploadedPart[];
  /** Bytes that have come, those included that are on their way to the storage. */
  private offset: number;
  private part: TusPart | undefined;
  /** The number of the part that is filled next. */
  private next: number;
  private sending: Promise<void> | undefined;
  private failure: { readonly error: unknown } | undefined;
  private readonly abort = new AbortController();

  constructor(
    private readonly state: TusState,
    private readonly tools: TusTools,
  ) {
    this.kept = state.kept;
    this.parts = [...state.parts];
    this.offset = state.offset;
    this.next = state.parts.length + 1;
  }

  /**
   * Reads `source` to its end; without one it brings together what is there. What came of one that fails, or stalls while others wait
   * for memory, is stored all the same.
   * @throws StorageError of a source that failed, and of the storage: what was acknowledged before is still there.
   */
  async receive(source: Readable | undefined): Promise<Received> {
    try {
      try {
        if (source) await consume(source, { signal: this.abort.signal }, (chunk) => this.take(chunk));
      } catch (error) {
        if (this.failure) throw this.failure.error;
        await this.sending;
        await this.flush();
        if (!isStall(error)) throw error;
        return { kept: this.kept, offset: this.offset };
      }
      const { size } = this.kept.record;
      if (size !== undefined && this.offset === size) return await this.finish(size);
      await this.sending;
      await this.flush();
      return { kept: this.kept, offset: this.offset };
    } finally {
      await this.sending?.catch(() => undefined);
    }
  }

  /** Gives back the memory of what `finish` has left in it. */
  release(): void {
    this.part?.release();
    this.part = undefined;
  }

  private async take(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.byteLength;) {
      if (this.failure) throw this.failure.error;
      const part = (this.part ??= await this.open());
      const count = await part.take(at === 0 ? chunk : chunk.subarray(at), this.abort.signal);
      at += count;
      this.offset += count;
      if (!part.isFull) continue;
      // The last part waits for the end of the request: only then it is known that no byte follows.
      if (part.end !== this.kept.record.size) await this.send(part);
      else if (at < chunk.byteLength) throw beyond();
    }
  }

  private async open(): Promise<TusPart> {
    const { partSize, size = Infinity } = this.kept.record;
    const start = (this.next - 1) * partSize;
    const most = Math.min(partSize, size - start);
    const stored = this.offset - start;
    const stalled = (error: StorageError) => this.abort.abort(error);
    const memory = await this.tools.memory.claim(this, most, this.abort.signal, stalled);
    return new TusPart(this.next, start, stored, memory);
  }

  /** Hands a part over, when the one before is stored. */
  private async send(part: TusPart): Promise<void> {
    // A part that is sealed gets no more memory.
    await part.room(this.abort.signal);
    part.seal();
    this.part = undefined;
    this.next++;
    try {
      await this.sending;
    } catch (error) {
      part.release();
      throw error;
    }
    this.sending = this.put(part);
    this.sending.catch((error: unknown) => (this.failure ??= { error }));
  }

  private async put(part: TusPart): Promise<void> {
    try {
      await this.load(part);
      const { record } = this.kept;
      if (part.number === 1 && record.target)
        await this.tools.admission.recheck(record, record.target, part.bytes);
      const { key, uploads, uploadId } =
        record.uploadId === undefined
          ? await this.begin(part.bytes)
          : { ...this.tools.partsOf(record), uploadId: record.uploadId };
      this.parts.push(await uploads.putPart(key, uploadId, part.number, part.bytes));
    } finally {
      part.release();
    }
  }

  /** Brings what is stored of a part already into its memory. */
  private async load(part: TusPart): Promise<void> {
    if (part.stored > 0) await this.tools.folder.load(this.state.tail, await part.room(this.abort.signal));
  }

  /** The record tells where the parts will be before there are any: so they are found when this process ends in between. */
  private async begin(head: Uint8Array) {
    const { folder, admission } = this.tools;
    const { record } = this.kept;
    const target = record.target ?? (await admission.choose(record, head));
    if (!record.target) this.keep(await folder.replace(this.kept, { ...record, target }));
    const { key, uploads } = this.tools.partsOf(this.kept.record);
    if (record.target) await abortStray({ key, uploads });
    const { contentType, contentDisposition } = target;
    const { uploadId, token } = await uploads.running.begin(() =>
      uploads.begin(key, { contentType, contentDisposition }),
    );
    this.keep(await folder.replace(this.kept, { ...this.kept.record, uploadId, token }));
    return { key, uploads, uploadId };
  }

  private keep(kept: KeptRecord): void {
    this.kept = kept;
    this.tools.keep(kept);
  }

  /** Stores what is less than a part. When it resolves, the bytes may be acknowledged. */
  private async flush(): Promise<void> {
    const { part } = this;
    const { folder } = this.tools;
    const { tail, segments, parts } = this.state;
    try {
      const merges = part !== undefined && part.stored > 0 && tail.length >= MAX_SEGMENTS;
      if (merges) await this.load(part);
      if (merges) await folder.write(part.start, part.bytes);
      else if (part && part.fresh.byteLength > 0) await folder.write(part.start + part.stored, part.fresh);
      // What this request has found is in parts now, or in one segment.
      if (merges || this.parts.length > parts.length) await folder.forget(segments);
    } finally {
      this.release();
    }
  }

  private async finish(size: number): Promise<Received> {
    const { partSize, uploadId } = this.kept.record;
    // All of it may be in segments, when this request has brought nothing.
    if (!this.part && size > (this.next - 1) * partSize) this.part = await this.open();
    const { part } = this;
    if (this.next === 1 && uploadId === undefined) {
      if (part) await this.load(part);
      return { kept: this.kept, offset: size, whole: { bytes: part?.bytes ?? Buffer.alloc(0) } };
    }
    if (part) await this.send(part);
    await this.sending;
    return { kept: this.kept, offset: size, whole: { parts: this.parts } };
  }
}

/** The storage takes no byte of it: the sender and the length that it has said disagree. */
function beyond(): StorageError {
  return refusal('TOO_LARGE', 'There are more bytes than the length of the upload', 'size');
}

function isStall(error: unknown): boolean {
  return StorageError.is(error, 'TIMEOUT') && error.reason === 'stalled';
}
