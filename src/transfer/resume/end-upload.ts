import { setTimeout as sleep } from 'node:timers/promises';
import { throwIfAborted } from '../../core/abort.js';
import { StorageError } from '../../core/error.js';
import type { UploadPlace } from './upload-place.js';
import type { UploadRecord } from './upload-record.js';

/**
 * How long a completion may be under way, in milliseconds: "several minutes".
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
const SETTLING_MS = 300_000;
/** Pauses between the looks whether it has ended: 3.75 seconds in all. */
const PAUSES_MS = [250, 500, 1_000, 2_000];

/** Whether the upload may just become the object: nobody knows the outcome of a completion that was sent so short ago. */
export function isSettling({ unsureMs }: UploadRecord): boolean {
  return unsureMs !== undefined && Math.abs(Date.now() - unsureMs) < SETTLING_MS;
}

/**
 * Removes what is stored of an upload. One that may just become the object is not aborted, as there are servers on which that
 * takes the content of the object (https://github.com/ceph/ceph/pull/60771): it is waited for its end, a few seconds.
 * @throws StorageError OUTCOME_UNKNOWN, reason `upload`, when it has not ended by then; what the backend answers.
 */
export async function endUpload(
  place: UploadPlace,
  key: string,
  record: UploadRecord,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { uploadId } = record;
  if (uploadId === undefined) return;
  if (!isSettling(record)) return place.parts().abort(key, uploadId, { signal });
  for (const pause of [...PAUSES_MS, 0]) {
    if (await hasEnded(place, key, uploadId, signal)) return;
    await sleep(pause);
    throwIfAborted(signal);
  }
  throw new StorageError(
    'OUTCOME_UNKNOWN',
    'The upload may just become the object: abort it some minutes later, or leave it to a sweep',
    { reason: 'upload' },
  );
}

async function hasEnded(
  { parts }: UploadPlace,
  key: string,
  uploadId: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    await parts().listParts(key, uploadId, { signal });
    return false;
  } catch (error) {
    if (StorageError.is(error, 'NOT_FOUND') && error.reason === 'upload') return true;
    throw error;
  }
}
