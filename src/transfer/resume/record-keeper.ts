import { StorageError } from '../../core/error.js';
import type { UploadedPart } from '../../core/part-store.js';
import { LEASE_MS, newLease } from './lease.js';
import type { TransferStore } from './transfer-store.js';
import { encodeUploadRecord, type UploadRecord } from './upload-record.js';

/** The least time between two writes because of parts alone, in milliseconds. */
const NOTE_MS = 1_000;
/** A write that takes long is done less often: this many times as long lies between two. */
const SPARING = 20;
const RENEW_MS = LEASE_MS / 4;

/**
 * The record of an upload that this process works at. Parts are noted now and then: one that is not in the record is found
 * by a list. A heartbeat renews the lease. Once somebody else has written the record, or it cannot be written,
 * `lost` is called, and nothing is written any more.
 */
export class RecordKeeper {
  private readonly heartbeat: NodeJS.Timeout;
  private readonly parts: Map<number, UploadedPart>;
  private noting: NodeJS.Timeout | undefined;
  private saving: Promise<unknown> = Promise.resolve();
  private savedAt = performance.now();
  private tookMs = 0;
  private failure: StorageError | undefined;
  private ended = false;

  private constructor(
    private readonly store: TransferStore,
    private current: UploadRecord,
    private version: string,
    private readonly lost: (error: StorageError) => void,
  ) {
    this.parts = new Map(current.parts.map((part) => [part.number, part]));
    this.heartbeat = setInterval(() => this.renew(), RENEW_MS / 4).unref();
  }

  /**
   * Writes `record` with a lease of this process, in the place of `version`; undefined: as a new one.
   * @throws StorageError CONFLICT, reason `version`, when somebody else was faster; what the store throws.
   */
  static async claim(
    store: TransferStore,
    record: UploadRecord,
    version: string | undefined,
    lost: (error: StorageError) => void,
  ): Promise<RecordKeeper> {
    const leased = { ...record, lease: newLease(), updatedMs: Date.now() };
    return new RecordKeeper(
      store,
      leased,
      await store.put(record.id, encodeUploadRecord(leased), version),
      lost,
    );
  }

  get record(): UploadRecord {
    return this.current;
  }

  /** A part is stored: it will be in the record soon. */
  note(part: UploadedPart): void {
    this.parts.set(part.number, part);
    if (this.ended || this.noting) return;
    const interval = Math.max(NOTE_MS, SPARING * this.tookMs);
    const wait = Math.max(0, this.savedAt + interval - performance.now());
    this.noting = setTimeout(() => this.saveBehindTheScenes(), wait).unref();
  }

  /** Writes the record with `change` and all parts that were noted. @throws StorageError as `claim`. */
  save(change: Partial<UploadRecord> = {}): Promise<void> {
    clearTimeout(this.noting);
    this.noting = undefined;
    const saved = this.saving.then(() => this.write(change));
    this.saving = saved.catch(() => undefined);
    return saved;
  }

  /** Begins again: other parts, other ids. @throws StorageError as `claim`. */
  async replace(change: Partial<UploadRecord>): Promise<void> {
    await this.saving;
    this.parts.clear();
    for (const part of change.parts ?? []) this.parts.set(part.number, part);
    await this.save(change);
  }

  /** Gives the lease back, so that anybody may go on. @throws StorageError as `claim`. */
  async release(): Promise<void> {
    if (this.ended) return;
    try {
      await this.save({ lease: undefined });
    } finally {
      this.end();
    }
  }

  /** The upload has ended: there is no record any more. @throws StorageError what the store throws. */
  async remove(): Promise<void> {
    if (this.ended) return;
    this.end();
    await this.saving;
    // Whoever has taken the upload over ends the record too.
    if (!this.failure) await this.store.delete(this.current.id);
  }

  private async write(change: Partial<UploadRecord>): Promise<void> {
    if (this.failure) throw this.failure;
    const { lease } = this.current;
    const now = Date.now();
    const next: UploadRecord = {
      ...this.current,
      lease: lease && { ...lease, atMs: now },
      ...change,
      parts: [...this.parts.values()].sort((a, b) => a.number - b.number),
      updatedMs: now,
    };
    const began = performance.now();
    try {
      this.version = await this.store.put(next.id, encodeUploadRecord(next), this.version);
    } catch (error) {
      this.failure = taken(error) ?? (error as StorageError);
      this.end();
      this.lost(this.failure);
      throw this.failure;
    }
    this.savedAt = performance.now();
    this.tookMs = this.savedAt - began;
    this.current = next;
  }

  private renew(): void {
    if (performance.now() - this.savedAt >= RENEW_MS) this.saveBehindTheScenes();
  }

  /** A failure is told by `lost`. */
  private saveBehindTheScenes(): void {
    this.save().catch(() => undefined);
  }

  private end(): void {
    this.ended = true;
    clearInterval(this.heartbeat);
    clearTimeout(this.noting);
  }
}

function taken(error: unknown): StorageError | undefined {
  if (!StorageError.is(error, 'CONFLICT')) return undefined;
  return new StorageError('CONFLICT', 'Another process has taken the upload over', {
    reason: 'lease-lost',
    cause: error,
  });
}
