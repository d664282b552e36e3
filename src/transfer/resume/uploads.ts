import type { BodyInput } from '../../core/body.js';
import { assertSignal, isSignal, linkAbort, throwIfAborted } from '../../core/abort.js';
import { assertAccepted, checkOptions } from '../../core/check-options.js';
import { wrongSize } from '../../core/consume.js';
import { StorageError } from '../../core/error.js';
import { assertKey } from '../../core/key.js';
import { assertKnownOptions } from '../../core/known-options.js';
import type { PutOptions } from '../../core/options.js';
import { wrapError } from '../../core/wrap-error.js';
import { partSizeFor } from '../upload/part-size.js';
import { endUpload } from './end-upload.js';
import { RecordKeeper } from './record-keeper.js';
import { ResumableSource } from './resumable-source.js';
import { newUploadId, ResumableUpload } from './resumable-upload.js';
import { sweepUploads, type SweepUploadsOptions, type SweptUpload } from './sweep-uploads.js';
import type { TransferStore } from './transfer-store.js';
import { summaryOf, type UploadSummary } from './upload-summary.js';
import { UploadHandle } from './upload-handle.js';
import type { ResumeUploadOptions, StartUploadOptions, UploadRecordOptions } from './upload-options.js';
import type { UploadPlace } from './upload-place.js';
import { busy, UploadRecords, type FoundUpload } from './upload-records.js';
import type { UploadRecord } from './upload-record.js';

const RECORD_OPTIONS = ['resumable', 'signal'];
const RESUME_OPTIONS = [...RECORD_OPTIONS, 'restart', 'concurrency', 'onProgress'];

/**
 * Uploads with a handle, that go on after a crash: `storage.uploads`. Every method rejects with a StorageError and with
 * nothing else. In a scope there are only its own uploads.
 */
export class Uploads {
  /** @internal */
  constructor(private readonly place: UploadPlace) {}

  /**
   * Starts to store `source` under `key`, all at once or not at all. Resolves when the upload is under way: with `resumable`
   * its record is written then, and whatever happens to this process, `resume` goes on. `done` is the object.
   *
   * Without `resumable` it is a `put` with a handle, and leaves nothing behind when it fails. With it an upload that fails,
   * or that its signal ends, stays to be resumed; `abort` and `sweep` remove it.
   *
   * @param source With `resumable` a `FileBody`, bytes or a string.
   * @throws StorageError INVALID_ARGUMENT, reason `body`, for a stream that is to be resumable; UNSUPPORTED where the backend
   * takes no parts, or cannot hold to the condition; TOO_LARGE; what the store of records throws; what the backend does not begin an upload for.
   */
  async start(key: string, source: BodyInput, options: StartUploadOptions = {}): Promise<UploadHandle> {
    const { resumable, ...put } = options;
    if (resumable === undefined) return this.put(key, source, put);
    return this.guard('start', key, put.signal, () =>
      owning(source, (opened) => {
        assertSignal(put.signal);
        this.records({ resumable });
        // There is nothing to go on with, and not every server completes an upload of nothing.
        if (opened.size === 0) return Promise.resolve(this.put(key, opened.body, put));
        return this.startResumable(key, opened, put, resumable);
      }),
    );
  }

  /**
   * Goes on with an upload, in any process. Parts that are stored are compared with the source and not sent again. One that
   * had succeeded but for its record succeeds.
   *
   * @param idOrKey What `start` gave, or the key when there is one upload of it.
   * @param source The same file, or the same bytes.
   * @throws StorageError NOT_FOUND, reason `record`, or reason `upload` when the backend has it no more; ABORTED, reason `changed`, when
   * the source is another one; CONFLICT, reason `busy`, while another process works at it; INTEGRITY, reason `record`, for a
   * record that is damaged; INVALID_ARGUMENT, reason `ambiguous`.
   */
  async resume(idOrKey: string, source: BodyInput, options: ResumeUploadOptions): Promise<UploadHandle> {
    return this.guard('resume', idOrKey, options.signal, () =>
      owning(source, async (opened) => {
        assertKnownOptions('resume', options, RESUME_OPTIONS);
        const records = this.records(options);
        return this.goOn(await records.free(idOrKey), opened, options);
      }),
    );
  }

  /** The uploads that have a record, the oldest first. Records that are damaged are left out: `sweep` tells of them. */
  async list(options: UploadRecordOptions): Promise<UploadSummary[]> {
    return this.guard('list', '', options.signal, async () => {
      assertKnownOptions('list', options, RECORD_OPTIONS);
      const records = this.records(options);
      const { found } = await records.all();
      return found
        .filter(({ record }) => record.state !== 'stray')
        .sort((a, b) => a.record.startedMs - b.record.startedMs)
        .map(({ record }) => summaryOf(record, records.keyOf(record)));
    });
  }

  /**
   * Removes an upload, what is stored of it and its record; one that is not there is no error. Outside of a scope it also
   * removes a record that is damaged, by its id.
   * @throws StorageError CONFLICT, reason `busy`, while a process works at it; INVALID_ARGUMENT, reason `ambiguous`; OUTCOME_UNKNOWN
   * when it may just become the object, within five minutes after its completion failed so: then its record stays.
   */
  async abort(idOrKey: string, options: UploadRecordOptions): Promise<void> {
    const { signal } = options;
    return this.guard('abort', idOrKey, signal, async () => {
      assertKnownOptions('abort', options, RECORD_OPTIONS);
      const records = this.records(options);
      const found = await records.free(idOrKey).catch(async (error: unknown) => {
        const damaged = StorageError.is(error, 'INTEGRITY', 'UNSUPPORTED') && this.place.backend.scope === '';
        if (damaged) await records.store.delete(idOrKey);
        if (damaged || (StorageError.is(error, 'NOT_FOUND') && error.reason === 'record')) return undefined;
        throw error;
      });
      if (found) await this.removeFound(records, found, signal);
    });
  }

  /**
   * Removes uploads that nobody works at any more, below this scope alone: those that the backend tells of, whoever began them,
   * and the records. Never one that this process works at, nor a resumable one that another does, by its record; a put of
   * another process counts by its age alone.
   * @returns What became of each.
   * @throws StorageError INVALID_ARGUMENT; what the backend answers to a list. What cannot be removed is a result.
   */
  async sweep(options: SweepUploadsOptions = {}): Promise<SweptUpload[]> {
    return this.guard('sweep', options.prefix ?? '', options.signal, async () => {
      if (options.resumable !== undefined) this.records({ resumable: options.resumable });
      return sweepUploads(this.place, options);
    });
  }

  private put(key: string, source: BodyInput, { signal, onProgress, ...options }: PutOptions): UploadHandle {
    // Whatever is refused, `done` tells it.
    const heeded = isSignal(signal);
    return new UploadHandle({
      id: newUploadId(),
      key,
      resumable: false,
      signal: heeded ? signal : undefined,
      onProgress,
      run: (stopped, report) =>
        this.place.backend.put(key, source, {
          ...options,
          signal: heeded ? stopped : signal,
          onProgress: report,
        }),
      clean: () => Promise.resolve(),
    });
  }

  private async startResumable(
    key: string,
    source: ResumableSource,
    { signal, size, ifAbsent, ifMatch, onProgress, partSize, concurrency, ...begin }: PutOptions,
    store: TransferStore,
  ): Promise<UploadHandle> {
    const uploads = this.place.parts();
    throwIfAborted(signal);
    assertKey(key);
    assertAccepted(this.place.backend, begin);
    const checked = checkOptions.put(key, { ...begin, ifAbsent, ifMatch, partSize, concurrency, onProgress });
    const conditions = { ifAbsent: checked.ifAbsent, ifMatch: checked.ifMatch };
    if (size !== undefined && size !== source.size) throw wrongSize(size, String(source.size));
    if (ifAbsent || ifMatch !== undefined) await uploads.checkConditions(key, { ...conditions, signal });
    const record: UploadRecord = {
      id: newUploadId(),
      storage: this.place.storage,
      key: this.place.backend.scope + key,
      state: 'intent',
      partSize: partSizeFor(source.size, uploads.limits, { partSize }),
      begin,
      conditions,
      source: source.fingerprint,
      parts: [],
      startedMs: Date.now(),
      updatedMs: Date.now(),
    };
    return this.launch(
      { record, version: undefined },
      store,
      source,
      { signal, onProgress, concurrency },
      (upload, until) => upload.begin(until),
    );
  }

  private goOn(
    found: FoundUpload,
    source: ResumableSource,
    { resumable, restart = false, ...options }: ResumeUploadOptions,
  ): Promise<UploadHandle> {
    return this.launch(found, resumable, source, options, (upload, until) => upload.takeUp(restart, until));
  }

  private async launch(
    { record, version }: { readonly record: UploadRecord; readonly version: string | undefined },
    store: TransferStore,
    source: ResumableSource,
    { signal, onProgress, concurrency }: Omit<ResumeUploadOptions, 'resumable' | 'restart'>,
    prepare: (upload: ResumableUpload, signal: AbortSignal) => Promise<void>,
  ): Promise<UploadHandle> {
    const link = linkAbort(signal);
    try {
      const keeper = await RecordKeeper.claim(store, record, version, (error) => link.abort(error)).catch(
        asBusy,
      );
      const upload = new ResumableUpload(this.place, store, keeper, source);
      await prepare(upload, link.signal).catch(async (error: unknown) => {
        await upload.leave();
        throw error;
      });
      return new UploadHandle({
        id: upload.id,
        key: upload.key,
        resumable: true,
        signal: link.signal,
        onProgress,
        run: (stopped, report) =>
          this.guard('run', upload.key, stopped, () => upload.run(concurrency, stopped, report)).finally(() =>
            link.release(),
          ),
        clean: () => this.guard('abort', upload.key, undefined, () => upload.remove()),
      });
    } catch (error) {
      link.release();
      throw error;
    }
  }

  private async removeFound(
    { store }: UploadRecords,
    { record, version }: FoundUpload,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const keeper = await RecordKeeper.claim(store, record, version, () => undefined).catch(asBusy);
    try {
      const key = record.key.slice(this.place.backend.scope.length);
      await endUpload(this.place, key, record, signal);
    } catch (error) {
      await keeper.release().catch(() => undefined);
      throw error;
    }
    await keeper.remove();
  }

  private records({ resumable }: UploadRecordOptions): UploadRecords {
    if (typeof (resumable as Partial<TransferStore> | undefined | null)?.get === 'function')
      return new UploadRecords(this.place, resumable);
    throw new StorageError(
      'INVALID_ARGUMENT',
      'Pass resumable, where the records are: new DirectoryTransferStore(…)',
      { reason: 'resumable' },
    );
  }

  private async guard<T>(
    method: string,
    key: string,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const { storage, backend } = this.place;
      const place = { storage, operation: `uploads.${method}`, key, signal };
      throw wrapError(error, place, (raw) => ({ code: backend.errorCode(raw) }));
    }
  }
}

/** A source is ours from now on: it is closed unless `work` takes it. */
async function owning<T>(input: BodyInput, work: (source: ResumableSource) => Promise<T>): Promise<T> {
  const source = await ResumableSource.open(input);
  try {
    return await work(source);
  } catch (error) {
    source.close();
    throw error;
  }
}

function asBusy(error: unknown): never {
  throw StorageError.is(error, 'CONFLICT') && error.reason === 'version' ? busy() : error;
}
