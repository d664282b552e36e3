import { randomBytes } from 'node:crypto';
import { throwIfAborted } from '../../core/abort.js';
import { StorageError, type StorageErrorCode } from '../../core/error.js';
import type { ObjectInfo } from '../../core/object.js';
import type { UploadedPart } from '../../core/part-store.js';
import { ProgressMeter } from '../../core/progress-meter.js';
import type { ProgressListener } from '../../core/progress.js';
import { endUpload } from './end-upload.js';
import { finishedObject } from './finished-object.js';
import { isLive } from './lease.js';
import { partSizeFor } from '../upload/part-size.js';
import { partStoreOf } from './part-store-of.js';
import type { RecordKeeper } from './record-keeper.js';
import type { ResumableSource } from './resumable-source.js';
import { listStoredParts, partsToKeep } from './stored-parts.js';
import type { TransferStore } from './transfer-store.js';
import type { UploadPlace } from './upload-place.js';
import { encodeUploadRecord, type UploadRecord } from './upload-record.js';
import { busy, UploadRecords } from './upload-records.js';
import { uploadParts } from '../upload/upload-parts.js';

/** How often an upload is made anew when the server asks for that. */
const RESTARTS = 3;

/**
 * An upload that this process works at: it has the record, its lease and the source. What is written down always comes
 * before what it tells of, so that a crash leaves nothing that no record knows.
 */
export class ResumableUpload {
  /** Parts that need not be sent. */
  private kept: readonly UploadedPart[] = [];
  /** The object, when another process had ended the upload but for its record. */
  private finished: ObjectInfo | undefined;

  constructor(
    private readonly place: UploadPlace,
    private readonly store: TransferStore,
    private readonly keeper: RecordKeeper,
    private readonly source: ResumableSource,
  ) {}

  get id(): string {
    return this.keeper.record.id;
  }

  /** In this place. */
  get key(): string {
    return this.keeper.record.key.slice(this.place.backend.scope.length);
  }

  /** @throws StorageError what the backend does not begin an upload for: then the record is gone, unless it may have begun one. */
  async begin(signal: AbortSignal | undefined): Promise<void> {
    const { keeper, key } = this;
    const uploads = this.place.parts();
    // Not ended by the signal: nobody would know the id of an upload that was begun all the same.
    const begin = () => uploads.begin(key, keeper.record.begin);
    const begun = await uploads.running.begin(begin).catch(async (error: unknown) => {
      if (isRefusal(error)) await keeper.remove().catch(ignore);
      throw error;
    });
    const { uploadId, token } = begun;
    try {
      await keeper.save({ state: 'begun', uploadId, token });
    } catch (error) {
      await uploads.abort(key, uploadId).catch(ignore);
      uploads.running.end(uploadId);
      throw error;
    }
    throwIfAborted(signal);
  }

  /**
   * Finds out what is stored, and whether the source still has it.
   * @param restart Whether the upload begins again where it cannot go on.
   * @throws StorageError ABORTED, reason `changed`; NOT_FOUND, reason `upload`.
   */
  async takeUp(restart: boolean, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.lookForParts(signal);
    } catch (error) {
      if (!restart || !(isGone(error) || is(error, 'ABORTED', 'changed'))) throw error;
      await this.beginAgain(signal);
    }
  }

  /** Sends what is missing and makes the object. Whatever it fails with, the upload can be resumed. */
  async run(
    concurrency: number | undefined,
    signal: AbortSignal,
    onProgress: ProgressListener,
  ): Promise<ObjectInfo> {
    const { source } = this;
    const progress = new ProgressMeter(onProgress, source.size);
    let looked = false;
    try {
      for (let restarts = 0; ; restarts++) {
        const { finished } = this;
        if (finished) progress.had(source.size, this.keeper.record.parts.length);
        try {
          return await this.end(finished ?? (await this.send(concurrency, signal, progress)));
        } catch (error) {
          // What a process that was killed had sent last may arrive while its successor ends the upload: then a part has
          // another ETag than it had when it was looked for.
          const unsettled: boolean =
            !looked && (is(error, 'INTEGRITY', 'checksum') || is(error, 'INVALID_ARGUMENT', 'parts'));
          if (!unsettled && (restarts === RESTARTS || !is(error, 'CONFLICT', 'restart'))) throw error;
          looked ||= unsettled;
          if (unsettled) await this.lookForParts(signal);
          else await this.beginAgain(signal);
          progress.restart();
        }
      }
    } finally {
      progress.end();
      await this.leave();
      source.close();
    }
  }

  /** Gives the upload back, as far as it has not ended. What fails here is told by nobody: the first failure counts. */
  async leave(): Promise<void> {
    const { uploadId } = this.keeper.record;
    if (uploadId !== undefined) this.place.parts().running.end(uploadId);
    await this.keeper.release().catch(ignore);
  }

  /**
   * Removes the upload and its record, after `leave`.
   * @throws StorageError CONFLICT, reason `busy`, when somebody else works at it by now; of the backend, of the store.
   */
  async remove(): Promise<void> {
    const { keeper, place, store, id } = this;
    const { record: now = keeper.record } = (await new UploadRecords(place, store).get(id)) ?? {};
    // Where it could not be given back the record still names us.
    if (now.lease?.owner !== keeper.record.lease?.owner && isLive(now.lease)) throw busy();
    await endUpload(place, this.key, now, undefined);
    await store.delete(id);
  }

  private async send(
    concurrency: number | undefined,
    signal: AbortSignal,
    progress: ProgressMeter,
  ): Promise<ObjectInfo> {
    const { keeper, key, source, kept, place } = this;
    const { partSize, uploadId = '', token, conditions } = keeper.record;
    const uploads = place.parts();
    const { parts } = await uploadParts(partStoreOf(uploads), { key, uploadId }, source.body, {
      partSize,
      concurrency,
      memory: place.memory(),
      signal,
      progress,
      done: new Map(kept.map((part) => [part.number, part])),
      onPart: (part) => keeper.note(part),
    });
    await keeper.replace({ state: 'completing', parts });
    try {
      return await uploads.complete(key, uploadId, parts, { ...conditions, token, signal });
    } catch (error) {
      if (StorageError.is(error, 'OUTCOME_UNKNOWN'))
        await keeper.save({ unsureMs: Date.now() }).catch(ignore);
      throw error;
    }
  }

  /** The object is there: a record that cannot be removed is no failure, and is known for what it is when it is resumed. */
  private async end(info: ObjectInfo): Promise<ObjectInfo> {
    await this.keeper.remove().catch(ignore);
    return info;
  }

  private async lookForParts(signal: AbortSignal | undefined): Promise<void> {
    const { keeper, source, key } = this;
    const { record } = keeper;
    source.assertSame(record.source);
    if (record.uploadId === undefined) return this.beginInstead(signal);
    const uploads = this.place.parts();
    try {
      const stored = await listStoredParts(uploads, key, record.uploadId, signal);
      this.kept = await partsToKeep(stored, record, source, signal);
      uploads.running.add(record.uploadId);
    } catch (error) {
      if (!isGone(error)) throw error;
      this.finished = await finishedObject(this.place, key, record, source, signal);
      if (!this.finished) throw gone(error);
    }
  }

  /** Nobody knows whether the upload was begun: what may have come of it is left to the sweeper, by a record of its own. */
  private async beginInstead(signal: AbortSignal | undefined): Promise<void> {
    const { record } = this.keeper;
    const id = newUploadId();
    const stray: UploadRecord = { ...record, id, state: 'stray', lease: undefined };
    await this.store.put(id, encodeUploadRecord(stray), undefined);
    await this.begin(signal);
  }

  private async beginAgain(signal: AbortSignal | undefined): Promise<void> {
    const { keeper, source, key, place } = this;
    const { uploadId, partSize } = keeper.record;
    const uploads = place.parts();
    if (uploadId !== undefined) {
      uploads.running.end(uploadId);
      await endUpload(place, key, keeper.record, signal);
    }
    this.kept = [];
    await keeper.replace({
      state: 'intent',
      uploadId: undefined,
      token: undefined,
      unsureMs: undefined,
      parts: [],
      partSize: partSizeFor(source.size, uploads.limits, { partSize }),
      source: source.fingerprint,
    });
    await this.begin(signal);
  }
}

export function newUploadId(): string {
  return randomBytes(16).toString('hex');
}

function is(error: unknown, code: StorageErrorCode, reason: string): boolean {
  return StorageError.is(error, code) && error.reason === reason;
}

const isGone = (error: unknown): boolean => is(error, 'NOT_FOUND', 'upload');

/** Whether nothing can have been begun. */
function isRefusal(error: unknown): boolean {
  return !StorageError.is(error, 'ABORTED', 'TIMEOUT', 'UNAVAILABLE', 'OUTCOME_UNKNOWN', 'UNKNOWN');
}

function gone(cause: unknown): StorageError {
  return new StorageError(
    'NOT_FOUND',
    'The backend has no such upload any more, and it has not become the object: pass restart: true to begin again',
    { reason: 'upload', cause },
  );
}

const ignore = (): void => undefined;
