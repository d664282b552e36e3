import { randomBytes } from 'node:crypto';
import { StorageError } from '../../core/error.js';
import type { StorageService } from '../../storage/storage.service.js';
import { parseRecord, type TusRecord } from './tus-record.js';
import { segmentName, segmentStart, type TusPiece, type TusSegment } from './tus-segments.js';

const RECORD = 'record';
const OBJECT = 'object';
const SEGMENTS = 'tail/';
const JSON_TYPE = 'application/json';
const BYTES_TYPE = 'application/octet-stream';
/** Segments that are read at once. */
const READS = 4;

/** A record and the version that it has, which only its next version replaces. */
export interface KeptRecord {
  readonly record: TusRecord;
  readonly etag: string;
}

/** What the storage keeps of one upload: a record, what is less than a part, and in the end the object until it is admitted. */
export class TusFolder {
  private readonly prefix: string;

  /** @param root Where all uploads are, with a slash at its end. */
  constructor(
    private readonly storage: StorageService,
    root: string,
    readonly id: string,
  ) {
    this.prefix = `${root}${id}/`;
  }

  /** The key of the whole while it is not admitted. */
  get objectKey(): string {
    return this.prefix + OBJECT;
  }

  /** @throws StorageError as `put`. */
  async create(record: TusRecord): Promise<KeptRecord> {
    const { etag } = await this.storage.put(this.prefix + RECORD, encode(record), { contentType: JSON_TYPE });
    return { record, etag };
  }

  /** The record; undefined when there is no such upload. @throws StorageError INTEGRITY, and as `get`. */
  async read(): Promise<KeptRecord | undefined> {
    try {
      const { info, body } = await this.storage.get(this.prefix + RECORD);
      const chunks: Buffer[] = [];
      for await (const chunk of body) chunks.push(chunk as Buffer);
      return { record: parseRecord(Buffer.concat(chunks).toString(), this.id), etag: info.etag };
    } catch (error) {
      if (StorageError.is(error, 'NOT_FOUND')) return undefined;
      throw error;
    }
  }

  /**
   * Replaces the record, unless somebody else has. Where the storage knows no such condition, whoever is last.
   * @throws StorageError CONFLICT, reason `version`, when somebody has; and as `put`.
   */
  async replace({ etag }: KeptRecord, record: TusRecord): Promise<KeptRecord> {
    try {
      const info = await this.storage.put(this.prefix + RECORD, encode(record), {
        contentType: JSON_TYPE,
        ifMatch: etag,
      });
      return { record, etag: info.etag };
    } catch (error) {
      if (StorageError.is(error, 'UNSUPPORTED')) return this.create(record);
      if (StorageError.is(error, 'PRECONDITION_FAILED', 'NOT_FOUND'))
        throw new StorageError('CONFLICT', `Another request has changed the upload ${this.id}`, {
          reason: 'version',
          cause: error,
        });
      throw error;
    }
  }

  /** All segments, in no promised order. */
  async segments(): Promise<TusSegment[]> {
    const prefix = this.prefix + SEGMENTS;
    const segments: TusSegment[] = [];
    for await (const { key, size } of this.storage.list(prefix)) {
      const start = segmentStart(key.slice(prefix.length));
      if (start !== undefined) segments.push({ key, start, size });
    }
    return segments;
  }

  /** Stores bytes that begin at `start` of the upload: durably, when it resolves. */
  async write(start: number, bytes: Uint8Array): Promise<TusSegment> {
    const key = `${this.prefix}${SEGMENTS}${segmentName(start, randomBytes(8).toString('hex'))}`;
    await this.storage.put(key, bytes, { contentType: BYTES_TYPE, size: bytes.byteLength });
    return { key, start, size: bytes.byteLength };
  }

  /** Reads what `pieces` hold into `target`, one behind the other. @throws StorageError as `get`; INTEGRITY. */
  async load(pieces: readonly TusPiece[], target: Buffer): Promise<void> {
    const work: (() => Promise<void>)[] = [];
    let at = 0;
    for (const { key, size, skip } of pieces) {
      const place = at;
      work.push(async () => {
        const bytes = await this.storage.bytes(key, skip === 0 ? {} : { range: { start: skip } });
        if (bytes.byteLength !== size - skip)
          throw new StorageError('INTEGRITY', `What is kept of the upload ${this.id} has another size now`, {
            reason: 'segment',
          });
        bytes.copy(target, place);
      });
      at += size - skip;
    }
    const next = async (): Promise<void> => {
      for (let one = work.shift(); one; one = work.shift()) await one();
    };
    await Promise.all(Array.from({ length: READS }, next));
  }

  /** Removes segments that are not needed any more. Never fails: what stays goes with the upload. */
  async forget(segments: readonly TusSegment[]): Promise<void> {
    if (segments.length === 0) return;
    await this.storage.deleteMany(segments.map(({ key }) => key)).catch(() => undefined);
  }

  /** When something was written here last, in milliseconds since 1970; undefined when there is nothing. */
  async newestMs(): Promise<number | undefined> {
    let newest: number | undefined;
    for await (const { lastModified } of this.storage.list(this.prefix))
      newest = Math.max(newest ?? 0, lastModified.getTime());
    return newest;
  }

  /** Removes what is left where there is no record. @throws StorageError as `delete`. */
  async removeAll(): Promise<void> {
    await this.removePrefix(this.prefix);
  }

  /** Removes everything, the record last: so whatever is left is found again. @throws StorageError as `delete`. */
  async remove(): Promise<void> {
    await this.removePrefix(this.prefix + SEGMENTS);
    await this.storage.delete(this.objectKey);
    await this.storage.delete(this.prefix + RECORD);
  }

  private async removePrefix(prefix: string): Promise<void> {
    const { failed } = await this.storage.deletePrefix(prefix);
    const [first] = failed;
    if (first?.error) throw first.error;
  }
}

function encode(record: TusRecord): Buffer {
  return Buffer.from(JSON.stringify(record));
}
