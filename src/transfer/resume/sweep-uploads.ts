import { throwIfAborted } from '../../core/abort.js';
import { checkOptions } from '../../core/check-options.js';
import { StorageError } from '../../core/error.js';
import type { OperationOptions } from '../../core/options.js';
import type { PendingUpload } from '../../core/part-store.js';
import type { RunningUploads } from '../../core/running-uploads.js';
import { isSettling } from './end-upload.js';
import { isLive } from './lease.js';
import { assertKnownOptions } from '../../core/known-options.js';
import { HOUR_MS } from '../../core/hour-ms.js';
import { RecordKeeper } from './record-keeper.js';
import type { TransferStore } from './transfer-store.js';
import type { UploadPlace } from './upload-place.js';
import { UploadRecords, type FoundUpload } from './upload-records.js';

const OPTIONS = ['olderThanHours', 'prefix', 'resumable', 'dryRun', 'signal'];

/** What a sweep removes. */
export interface SweepUploadsOptions extends OperationOptions {
  /** Hours since an upload was begun, and since anybody worked at it. Default: 24. */
  readonly olderThanHours?: number | undefined;
  /** Only of keys that begin with it. Default: '', all. */
  readonly prefix?: string | undefined;
  /** Where the records of resumable uploads are: without it they count as anybody's, by their age alone. */
  readonly resumable?: TransferStore | undefined;
  /** Tell what would be removed, and remove nothing. Default: false. */
  readonly dryRun?: boolean | undefined;
}

/** What a sweep made of one upload, or of a record whose upload is gone. */
export interface SweptUpload {
  /** Empty when the record cannot be read. */
  readonly key: string;
  /** As the backend names it. Absent for a record alone. */
  readonly uploadId?: string | undefined;
  /** Of its record, when it has one. */
  readonly id?: string | undefined;
  /**
   * `young`: it is not old enough; `busy`: a process works at it; `removable`: it would be removed, but for `dryRun`;
   * `failed`: see `error`.
   */
  readonly outcome: 'removed' | 'removable' | 'young' | 'busy' | 'failed';
  readonly error?: StorageError | undefined;
}

/** One upload of the backend, one record, or both. */
interface Candidate {
  readonly key: string;
  readonly uploadId?: string | undefined;
  readonly initiatedMs: number;
  readonly found?: FoundUpload | undefined;
}

/** What `Uploads.sweep` does. */
export async function sweepUploads(place: UploadPlace, options: SweepUploadsOptions): Promise<SweptUpload[]> {
  assertKnownOptions('sweep', options, OPTIONS);
  const { olderThanHours = 24, prefix = '', resumable, dryRun = false, signal } = options;
  if (!(typeof olderThanHours === 'number' && olderThanHours >= 0))
    throw new StorageError('INVALID_ARGUMENT', 'olderThanHours takes a number of hours, 0 or more', {
      reason: 'olderThanHours',
    });
  checkOptions.list({ prefix, limit: 1 });
  const records = resumable && new UploadRecords(place, resumable);
  const { found = [], damaged = [] } = (await records?.all()) ?? {};
  const own = found.filter(({ record }) => record.key.startsWith(place.backend.scope + prefix));
  const pending = await pendingUploads(place, prefix, own, signal);
  const { running } = place.parts();
  await running.known();
  const results: SweptUpload[] = damaged.map(({ id, error }) => ({ key: '', id, outcome: 'failed', error }));
  const left = new Set<string>();
  for (const candidate of candidates(place, pending, own)) {
    throwIfAborted(signal);
    const { key, uploadId, found: one } = candidate;
    const outcome =
      left.has(key) && isIntent(candidate) ? 'young' : judge(running, candidate, olderThanHours * HOUR_MS);
    const kept = outcome ?? (dryRun ? 'removable' : undefined);
    const result: Pick<SweptUpload, 'outcome' | 'error'> = kept
      ? { outcome: kept }
      : await remove(place, resumable, candidate, signal);
    if (uploadId !== undefined && result.outcome !== 'removed') left.add(key);
    results.push({ key, uploadId, id: one?.record.id, ...result });
  }
  if (!dryRun) await resumable?.tidy?.();
  return results;
}

/**
 * All uploads below `prefix`. Keys that a record names are asked for one by one too: MinIO lists the uploads of a key,
 * and of no other prefix: https://github.com/minio/minio/blob/master/docs/minio-limits.md
 */
async function pendingUploads(
  place: UploadPlace,
  prefix: string,
  own: readonly FoundUpload[],
  signal: AbortSignal | undefined,
): Promise<Map<string, PendingUpload>> {
  const pending = new Map<string, PendingUpload>();
  const look = async (under: string, wanted: (key: string) => boolean) => {
    const uploads = place.parts();
    let cursor: string | undefined;
    do {
      const page = await uploads.list({ prefix: under, cursor, signal });
      for (const upload of page.uploads) if (wanted(upload.key)) pending.set(upload.uploadId, upload);
      cursor = page.cursor;
    } while (cursor !== undefined);
  };
  await look('', (key) => key.startsWith(prefix));
  const named = own.filter(({ record }) => record.uploadId === undefined || !pending.has(record.uploadId));
  const keys = new Set(named.map(({ record }) => record.key.slice(place.backend.scope.length)));
  for (const key of keys) await look(key, (other) => other === key);
  return pending;
}

/** Uploads before records alone: that of an intent goes when whatever may have come of it has gone. */
function candidates(
  { backend }: UploadPlace,
  pending: ReadonlyMap<string, PendingUpload>,
  own: readonly FoundUpload[],
): Candidate[] {
  const recorded = new Map(own.map((found) => [found.record.uploadId, found]));
  const uploads = [...pending.values()].map(({ key, uploadId, initiated }) => ({
    key,
    uploadId,
    initiatedMs: initiated.getTime(),
    found: recorded.get(uploadId),
  }));
  const alone = own.filter(({ record }) => record.uploadId === undefined || !pending.has(record.uploadId));
  return [
    ...uploads,
    ...alone.map((found) => ({
      key: found.record.key.slice(backend.scope.length),
      initiatedMs: found.record.startedMs,
      found,
    })),
  ];
}

/** Whether it is a record of which nobody knows the upload. */
function isIntent({ found }: Candidate): boolean {
  return found !== undefined && found.record.uploadId === undefined;
}

/** Why it stays; undefined when it does not. */
function judge(
  running: RunningUploads,
  { uploadId, initiatedMs, found }: Candidate,
  olderThanMs: number,
): 'young' | 'busy' | undefined {
  if (isLive(found?.record.lease) || (uploadId !== undefined && running.has(uploadId))) return 'busy';
  if (found && isSettling(found.record)) return 'young';
  const touchedMs = Math.max(initiatedMs, found?.record.updatedMs ?? 0);
  // A clock that is ahead of ours makes an upload new, not one that is not begun yet.
  return Math.max(0, Date.now() - touchedMs) < olderThanMs ? 'young' : undefined;
}

async function remove(
  place: UploadPlace,
  store: TransferStore | undefined,
  { key, uploadId, found }: Candidate,
  signal: AbortSignal | undefined,
): Promise<Pick<SweptUpload, 'outcome' | 'error'>> {
  let keeper: RecordKeeper | undefined;
  try {
    if (store && found)
      keeper = await RecordKeeper.claim(store, found.record, found.version, () => undefined);
    // Also of a record whose upload was not listed: one that is not there is no error.
    const known = uploadId ?? found?.record.uploadId;
    if (known !== undefined) await place.parts().abort(key, known, { signal });
    await keeper?.remove();
    return { outcome: 'removed' };
  } catch (error) {
    await keeper?.release().catch(() => undefined);
    if (!StorageError.is(error)) throw error;
    const taken = error.code === 'CONFLICT' && error.reason === 'version';
    return taken ? { outcome: 'busy' } : { outcome: 'failed', error };
  }
}
