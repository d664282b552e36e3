import { constants } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { throwIfAborted } from '../../core/abort.js';
import { crc32Checksum } from '../../core/checksum.js';
import { chooseParts } from '../../core/choose-parts.js';
import { StorageError } from '../../core/error.js';
import { addressProblem } from '../../core/key.js';
import { noUpload } from '../../core/no-upload.js';
import type { ObjectInfo } from '../../core/object.js';
import type { OperationOptions } from '../../core/options.js';
import type {
  BeginUploadOptions,
  BegunUpload,
  CompleteUploadOptions,
  ListPartsOptions,
  ListUploadsOptions,
  PartsPage,
  PartStore,
  UploadedPart,
  UploadsPage,
} from '../../core/part-store.js';
import { readPart } from '../../core/read-part.js';
import type { Rereadable } from '../../core/rereadable.js';

/** Entries of a page, as S3 gives them. */
const PAGE = 1000;

/** Where a completed upload becomes an object. */
export interface UploadTarget {
  /** @throws StorageError when the conditions do not hold. */
  check(key: string, conditions: CompleteUploadOptions): void;
  store(key: string, bytes: Buffer, kept: BeginUploadOptions, uploadId: string): ObjectInfo;
  /** What is stored at `key`, if it came of this upload. */
  made(key: string, uploadId: string): ObjectInfo | undefined;
}

interface Part extends UploadedPart {
  readonly bytes: Buffer;
}

interface Upload {
  readonly key: string;
  readonly options: BeginUploadOptions;
  readonly initiated: Date;
  /** The place of the upload among all that were begun. */
  readonly turn: number;
  readonly parts: Map<number, Part>;
}

/** Uploads in parts, in memory. */
export class MemoryParts implements PartStore {
  readonly partLimits = {
    minPart: 1,
    maxPart: constants.MAX_LENGTH,
    maxParts: 10_000,
    maxObject: constants.MAX_LENGTH,
    equalParts: false,
  } as const;
  private readonly uploads = new Map<string, Upload>();
  private turns = 0;
  private writes = 0;

  constructor(private readonly target: UploadTarget) {}

  keyProblem(key: string): string | undefined {
    return addressProblem(key);
  }

  async begin(key: string, { signal, ...options }: BeginUploadOptions): Promise<BegunUpload> {
    throwIfAborted(signal);
    const uploadId = randomUUID();
    const upload = {
      key,
      options,
      initiated: new Date(),
      turn: ++this.turns,
      parts: new Map<number, Part>(),
    };
    this.uploads.set(uploadId, upload);
    return Promise.resolve({ key, uploadId });
  }

  async putPart(
    key: string,
    uploadId: string,
    number: number,
    bytes: Uint8Array | Rereadable,
    { signal }: OperationOptions,
  ): Promise<UploadedPart> {
    const { parts } = this.find(key, uploadId);
    const kept = Buffer.allocUnsafeSlow(bytes.byteLength);
    let size = 0;
    await readPart(bytes, signal, (piece) => {
      kept.set(piece, size);
      size += piece.byteLength;
    });
    // It may have ended while the part was read.
    this.find(key, uploadId);
    const etag = (++this.writes).toString(16).padStart(16, '0');
    const part: Part = { number, size, etag, checksum: crc32Checksum(crc32(kept)), bytes: kept };
    parts.set(number, part);
    return told(part);
  }

  async listParts(
    key: string,
    uploadId: string,
    { after = 0, signal }: ListPartsOptions,
  ): Promise<PartsPage> {
    throwIfAborted(signal);
    const { parts } = this.find(key, uploadId);
    const rest = [...parts.values()].filter(({ number }) => number > after);
    const page = rest.sort((a, b) => a.number - b.number).slice(0, PAGE);
    const next = rest.length > page.length ? page.at(-1)?.number : undefined;
    return Promise.resolve({ parts: page.map(told), ...(next !== undefined && { next }) });
  }

  async complete(
    key: string,
    uploadId: string,
    named: readonly UploadedPart[],
    options: CompleteUploadOptions,
  ): Promise<ObjectInfo> {
    throwIfAborted(options.signal);
    const made = this.uploads.has(uploadId) ? undefined : this.target.made(key, uploadId);
    if (made) return Promise.resolve(made);
    const upload = this.find(key, uploadId);
    const parts = chooseParts(upload.parts, named, this.partLimits);
    this.target.check(key, options);
    const bytes = Buffer.concat(parts.map((part) => part.bytes));
    this.uploads.delete(uploadId);
    return Promise.resolve(this.target.store(key, bytes, upload.options, uploadId));
  }

  async abort(key: string, uploadId: string, { signal }: OperationOptions): Promise<void> {
    throwIfAborted(signal);
    if (this.uploads.get(uploadId)?.key === key) this.uploads.delete(uploadId);
    return Promise.resolve();
  }

  async listUploads({ prefix = '', cursor, signal }: ListUploadsOptions): Promise<UploadsPage> {
    throwIfAborted(signal);
    const after = cursor === undefined ? 0 : turnOf(cursor);
    const rest = [...this.uploads].filter(([, { key, turn }]) => turn > after && key.startsWith(prefix));
    const page = rest.slice(0, PAGE);
    const next = rest.length > page.length ? page.at(-1)?.[1].turn : undefined;
    return Promise.resolve({
      uploads: page.map(([uploadId, { key, initiated }]) => ({
        key,
        uploadId,
        initiated: new Date(initiated),
      })),
      ...(next !== undefined && { cursor: String(next) }),
    });
  }

  private find(key: string, uploadId: string): Upload {
    const upload = this.uploads.get(uploadId);
    if (upload?.key !== key) throw noUpload();
    return upload;
  }
}

function told({ number, size, etag, checksum }: Part): UploadedPart {
  return { number, size, etag, checksum };
}

function turnOf(cursor: string): number {
  if (!/^[1-9]\d{0,14}$/.test(cursor))
    throw new StorageError('INVALID_ARGUMENT', 'The cursor is not one that a list returned', {
      reason: 'cursor',
    });
  return Number(cursor);
}
