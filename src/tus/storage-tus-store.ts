import type { Readable } from 'node:stream';
import { DataStore, Upload } from '@tus/server';
import { StorageError } from '../core/error.js';
import { JudgedAdmission } from './upload/judged-admission.js';
import type { TusAdmission } from './upload/tus-admission.js';
import { completeUpload, type TusWhole } from './upload/tus-completion.js';
import type { KeptRecord, TusFolder } from './upload/tus-folder.js';
import { TusReceiver } from './upload/tus-receiver.js';
import type { TusFinished, TusRecord } from './upload/tus-record.js';
import { loadState, type TusState } from './upload/tus-state.js';
import type { TusTools } from './upload/tus-tools.js';
import type { TusUploads } from './upload/tus-uploads.js';
import { noSuchUpload, TusRefusal } from './tus-refusal.js';

/** Whose uploads a request may see. */
export interface TusOwner {
  /** A digest of who is calling. */
  readonly owner: string;
  /** The scope that the request was allowed. Empty: the whole storage. */
  readonly scope: string;
}

/**
 * What a tus server keeps uploads in: a storage, and nothing else. So any instance goes on with an upload, also after a crash.
 * One for each request, because who is calling decides what it sees.
 */
export class StorageTusStore extends DataStore {
  /** Of the upload that the request was about, once it is an object. */
  finished: TusFinished | undefined;
  /** What failed: the server that calls may have had another error first. */
  failure: unknown;
  private state: TusState | undefined;
  /** The upload that this very request has begun. */
  private created: { readonly record: TusRecord; readonly offset: number } | undefined;
  private readonly admission: JudgedAdmission;

  constructor(
    private readonly uploads: TusUploads,
    private readonly whose: TusOwner,
    admission: TusAdmission,
    /** Bytes that a file may have. */
    private readonly maxSize: number,
  ) {
    super();
    this.admission = new JudgedAdmission(admission);
    this.extensions = [
      'creation',
      'creation-with-upload',
      'creation-defer-length',
      'expiration',
      'termination',
    ];
  }

  /** @throws StorageError TYPE_REFUSED, TOO_LARGE, and as `put`. */
  override create(upload: Upload): Promise<Upload> {
    return this.noted(async () => {
      const { id, size, metadata = {} } = upload;
      const folder = this.uploads.folder(id);
      if (!folder) throw noSuchUpload();
      const record: TusRecord = {
        version: 1,
        id,
        createdMs: Date.parse(upload.creation_date ?? new Date().toISOString()),
        size,
        metadata,
        ...this.whose,
        partSize: this.uploads.partSize(size ?? this.maxSize),
      };
      this.admission.expect(record);
      const kept = await folder.create(record);
      this.state = { kept, parts: [], tail: [], segments: [], offset: 0, ended: false };
      if (size === 0) await this.complete(folder, kept, { bytes: new Uint8Array() });
      this.created = { record, offset: 0 };
      return upload;
    });
  }

  /**
   * How far an upload is. One that is all there, and no object yet because its last request was lost, becomes one.
   * @throws StorageError as `completeUpload`; TusRefusal when there is none, or it is somebody else's.
   */
  override getUpload(id: string): Promise<Upload> {
    return this.noted(async () => {
      if (this.created) return toUpload(this.created.record, this.created.offset);
      const { folder, kept } = await this.find(id);
      const { record } = kept;
      this.finished = record.finished;
      if (record.finished) return toUpload(record, record.finished.size);
      const state = await loadState(kept, folder, (one) => this.uploads.partsOf(one));
      this.state = state;
      if (this.uploads.isExpired(record)) return toUpload(record, state.offset);
      if (state.ended) await this.complete(folder, kept, { made: true });
      else if (state.offset === record.size) await this.receive(folder, state, undefined);
      return toUpload(record, this.finished?.size ?? state.offset);
    });
  }

  /** Stores what a request brings, and completes the upload with its last byte. */
  override write(source: Readable, id: string, offset: number): Promise<number> {
    return this.noted(async () => {
      const { state } = this;
      const folder = this.uploads.folder(id);
      // All of it was there before: the request brings nothing, but for what is too much.
      if (this.finished) return this.finished.size;
      if (!state || !folder || state.kept.record.id !== id || state.offset !== offset)
        throw new TusRefusal(409, 'The upload has another offset');
      const reached = await this.receive(folder, state, source);
      this.created &&= { ...this.created, offset: reached };
      return reached;
    });
  }

  /** @throws StorageError TOO_LARGE; CONFLICT when another request has said another length meanwhile. */
  override declareUploadLength(id: string, size: number): Promise<void> {
    return this.noted(async () => {
      const folder = this.uploads.folder(id);
      const { state } = this;
      if (!state || !folder) throw noSuchUpload();
      const { kept } = state;
      // Parts of this size may be too many for it.
      if (this.uploads.partSize(size) > kept.record.partSize)
        throw new TusRefusal(413, 'The content is too large');
      this.state = { ...state, kept: await folder.replace(kept, { ...kept.record, size }) };
    });
  }

  override remove(id: string): Promise<void> {
    return this.noted(async () => {
      const { kept } = await this.find(id);
      await this.uploads.remove(kept);
    });
  }

  /** @throws TusRefusal when there is no such upload, or it is somebody else's. */
  assertOwn(id: string): Promise<void> {
    return this.noted(async () => void (await this.find(id)));
  }

  /** Removes what this request has begun, when its client is not told of it. Never fails: what stays goes when it expires. */
  async forget(): Promise<void> {
    const { id } = this.created?.record ?? {};
    if (id === undefined || this.finished) return;
    const kept = await this.uploads
      .folder(id)
      ?.read()
      .catch(() => undefined);
    if (kept) await this.uploads.remove(kept).catch(() => undefined);
  }

  override getExpiration(): number {
    return this.uploads.expiresAfterMs;
  }

  private async find(id: string): Promise<{ readonly folder: TusFolder; readonly kept: KeptRecord }> {
    const folder = this.uploads.folder(id);
    const kept = await folder?.read();
    const { owner, scope } = this.whose;
    if (!folder || !kept || kept.record.owner !== owner || kept.record.scope !== scope) throw noSuchUpload();
    return { folder, kept };
  }

  private async receive(folder: TusFolder, state: TusState, source: Readable | undefined): Promise<number> {
    let { kept } = state;
    const tools = this.tools(folder, (next) => (kept = next));
    const receiver = new TusReceiver(state, tools);
    const { uploadId } = kept.record;
    if (uploadId !== undefined) tools.partsOf(kept.record).uploads.running.add(uploadId);
    try {
      const { whole, offset } = await receiver.receive(source);
      if (whole) await this.complete(folder, kept, whole);
      return offset;
    } catch (error) {
      await this.endRefused(kept, error);
      throw error;
    } finally {
      receiver.release();
      const { record } = kept;
      if (record.uploadId !== undefined) tools.partsOf(record).uploads.running.end(record.uploadId);
    }
  }

  private async complete(folder: TusFolder, start: KeptRecord, whole: TusWhole): Promise<void> {
    let kept = start;
    try {
      this.finished = await completeUpload(
        kept,
        whole,
        this.tools(folder, (next) => (kept = next)),
      );
    } catch (error) {
      const gone = 'made' in whole && StorageError.is(error, 'NOT_FOUND');
      await this.endRefused(kept, error, gone);
      throw error;
    }
  }

  private tools(folder: TusFolder, keep: (kept: KeptRecord) => void): TusTools {
    const { uploads, admission } = this;
    const { storage: root, memory } = uploads;
    return { root, folder, admission, memory, partsOf: (record) => uploads.partsOf(record), keep };
  }

  /** Nothing stays of an upload that can come to nothing. */
  private async endRefused(kept: KeptRecord, error: unknown, gone = false): Promise<void> {
    if (!gone && !this.admission.hasRefused(error)) return;
    // What is left, if this fails, goes when it expires.
    await this.uploads.remove(kept).catch(() => undefined);
  }

  private async noted<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.failure ??= error;
      throw error;
    }
  }
}

function toUpload({ id, size, metadata, createdMs }: TusRecord, offset: number): Upload {
  return new Upload({
    id,
    offset,
    ...(size !== undefined && { size }),
    creation_date: new Date(createdMs).toISOString(),
    ...(Object.keys(metadata).length > 0 && { metadata: { ...metadata } }),
  });
}
