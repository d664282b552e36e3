import { setTimeout as sleep } from 'node:timers/promises';
import { throwIfAborted } from '../../../core/abort.js';
import { StorageError } from '../../../core/error.js';
import { classifyError } from '../errors.js';
import type { S3UploadCall, S3UploadCalls } from '../upload-calls.js';
import { isNoSuchUpload } from './no-such-upload.js';

/** Rounds of abort and look, with pauses that double: 3 seconds in all. */
const ROUNDS = 6;
const PAUSE_MS = 100;

/**
 * Aborts an upload until it has no parts. One that is on its way meanwhile may still be stored, and is only removed by a
 * further abort: https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
 * @throws StorageError UNAVAILABLE, reason `parts`, when parts keep coming.
 */
export async function abortUpload(uploads: S3UploadCalls, upload: S3UploadCall): Promise<void> {
  for (let round = 1; ; round++) {
    try {
      await uploads.abort(upload);
    } catch (error) {
      if (isNoSuchUpload(error)) return;
      throw error;
    }
    if (!(await hasParts(uploads, upload))) return;
    if (round === ROUNDS)
      throw new StorageError(
        'UNAVAILABLE',
        'The upload was aborted, and parts of it are still being stored',
        {
          reason: 'parts',
        },
      );
    await sleep(PAUSE_MS * 2 ** (round - 1));
    throwIfAborted(upload.signal);
  }
}

async function hasParts(uploads: S3UploadCalls, upload: S3UploadCall): Promise<boolean> {
  try {
    return (await uploads.listParts({ ...upload, after: 0 })).parts.length > 0;
  } catch (error) {
    if (isNoSuchUpload(error)) return false;
    // It was aborted all the same; who may not look has to believe it.
    const { code } = classifyError(error);
    if (code === 'PERMISSION_DENIED' || code === 'UNSUPPORTED') return false;
    throw error;
  }
}
