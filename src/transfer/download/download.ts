import { resolve } from 'node:path';
import { StorageError } from '../../core/error.js';
import type { LayeredBackend } from '../../core/layered-backend.js';
import { ProgressMeter } from '../../core/progress-meter.js';
import { wrapError } from '../../core/wrap-error.js';
import type { Again, Attempt } from './attempt.js';
import { downloadToBytes } from './download-bytes.js';
import { downloadToFile } from './download-file.js';
import { checkDownload, type DownloadOptions, type DownloadResult } from './download-options.js';
import { resumeDownload } from './download-resume.js';
import { downloadToStream } from './download-stream.js';
import { isChange, ObjectSource } from './object-source.js';
import { PartPlan } from './part-plan.js';
import { atTarget } from './target-error.js';

/** How often a download begins anew because the object was replaced meanwhile. */
const MAX_RESTARTS = 5;
/** Below this the second connection is not worth its requests. */
const MIN_PARALLEL = 16 * 1024 * 1024;
const CONCURRENCY = 4;

/**
 * Brings an object to a file, a stream or memory: `StorageService.download`.
 * @param storage The name of the storage, for errors.
 * @throws StorageError
 */
export async function download(
  backend: LayeredBackend,
  storage: string,
  key: string,
  options: DownloadOptions,
): Promise<DownloadResult> {
  const { signal } = options ?? {};
  let meter: ProgressMeter | undefined;
  const begin = (total?: number) => (meter = new ProgressMeter(options.onProgress, total));
  try {
    checkDownload(options);
    begin();
    const { versionId, ifMatch } = options;
    const source = new ObjectSource(backend, key, {
      ...(versionId !== undefined && { versionId }),
      ...(ifMatch !== undefined && { ifMatch }),
    });
    return await run(source, storage, options, begin);
  } catch (error) {
    // A target that fails does so with a StorageError; what else there is is nobody's business to classify.
    throw wrapError(error, { storage, operation: 'download', key, signal }, () => ({ code: 'UNKNOWN' }));
  } finally {
    meter?.end();
  }
}

function run(
  source: ObjectSource,
  storage: string,
  options: DownloadOptions,
  begin: (total: number) => ProgressMeter,
): Promise<DownloadResult> {
  const { to, signal, partSize } = options;
  const attempt = async (): Promise<Attempt> => {
    const info = await source.head(signal);
    // RFC 9110, 8.8.1 and 13.1.1: a weak ETag may be that of two contents, and no request can have it as its condition.
    const divisible = !info.etag.startsWith('W/');
    const many = source.isRemote && info.size >= MIN_PARALLEL;
    const concurrency = divisible ? (options.concurrency ?? (many ? CONCURRENCY : 1)) : 1;
    return {
      source,
      info,
      plan: new PartPlan(info.size, partSize),
      concurrency,
      divisible,
      signal,
      meter: begin(info.size),
    };
  };
  const again: Again = (work) => untilUnchanged(source, attempt, work);
  if (typeof to === 'string') {
    const path = resolve(to);
    return atTarget(
      path,
      options.resume ? resumeDownload(path, storage, again) : downloadToFile(path, again),
    );
  }
  if (to instanceof Uint8Array) return again((one) => downloadToBytes(to, one));
  return downloadToStream(to, source, signal, begin);
}

/** Repeats what the object's replacement has ended, with what is there then. */
async function untilUnchanged<T>(
  source: ObjectSource,
  attempt: () => Promise<Attempt>,
  work: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  for (let restarts = 0; ; restarts++) {
    const one = await attempt();
    try {
      return await work(one);
    } catch (error) {
      if (!isChange(error)) throw error;
      if (source.isFixed || restarts === MAX_RESTARTS) throw changed(error);
    }
  }
}

function changed(cause: unknown): StorageError {
  const what = 'The object was replaced or deleted while it was downloaded';
  return new StorageError('PRECONDITION_FAILED', what, { reason: 'changed', cause });
}
