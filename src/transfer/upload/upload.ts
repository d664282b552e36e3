import { throwIfAborted } from '../../core/abort.js';
import type { Body, ErrorClass } from '../../core/backend.js';
import { CLEAN_UP_MS } from '../../core/clean-up.js';
import { StorageError } from '../../core/error.js';
import { FileBody } from '../../core/file-body.js';
import type { ObjectInfo } from '../../core/object.js';
import type { PutOptions } from '../../core/options.js';
import type { BeginUploadOptions, BegunUpload, PartStore } from '../../core/part-store.js';
import type { ProgressMeter } from '../../core/progress-meter.js';
import type { RunningUploads } from '../../core/running-uploads.js';
import type { TransferMemory } from '../../core/transfer-memory.js';
import { partSizeFor } from './part-size.js';
import { sendSource } from './upload-parts.js';
import { withCleanUp } from './with-clean-up.js';

/** How often an upload is made anew when the server asks for that. */
const RESTARTS = 3;

/** What an upload is made with. */
export interface UploadTools {
  readonly memory: TransferMemory;
  readonly progress?: ProgressMeter | undefined;
  /** Those of the store: it is one of them until it has ended. */
  readonly running: RunningUploads;
  /** Stores a stream that ends within one part. Default: it is an upload of one part. */
  readonly whole?: ((bytes: Uint8Array) => Promise<ObjectInfo>) | undefined;
  /** What an error of the store means, where it is no StorageError. */
  readonly classify: (error: unknown) => ErrorClass;
}

/**
 * Stores a body in parts: all of it or nothing. Whatever fails, its parts are removed, but for OUTCOME_UNKNOWN: they may be those
 * of the object. When their removal fails, the StorageError says what failed first, and its `cause` is an AggregateError of both.
 *
 * It owns the body: a stream and a file are closed in the end. CONFLICT, reason `restart`, by which a server asks for all of
 * it again, is followed up to three times where the source can be read again.
 *
 * @throws StorageError as `partSizeFor` and `uploadParts`; ALREADY_EXISTS, PRECONDITION_FAILED, NOT_FOUND, CONFLICT for
 * conditions, which are decided at the end; whatever the store throws.
 */
export async function upload(
  store: PartStore,
  key: string,
  source: Body,
  options: PutOptions,
  tools: UploadTools,
): Promise<ObjectInfo> {
  const again = source instanceof Uint8Array || source instanceof FileBody;
  try {
    for (let restarts = 0; ; restarts++) {
      try {
        return await uploadOnce(store, key, source, options, tools);
      } catch (error) {
        const asked = StorageError.is(error, 'CONFLICT') && error.reason === 'restart';
        if (!again || !asked || restarts === RESTARTS) throw error;
        tools.progress?.restart();
      }
    }
  } finally {
    if (!(source instanceof Uint8Array)) source.destroy();
  }
}

async function uploadOnce(
  store: PartStore,
  key: string,
  source: Body,
  options: PutOptions,
  tools: UploadTools,
): Promise<ObjectInfo> {
  const { memory, progress, running, whole, classify } = tools;
  const { size, ifAbsent, ifMatch, partSize, concurrency, signal } = options;
  const known = await knownSize(source, size);
  const again = source instanceof Uint8Array || source instanceof FileBody;
  const chosen = partSizeFor(known, store.partLimits, {
    partSize,
    concurrency,
    budget: again ? undefined : memory.budget,
  });
  throwIfAborted(signal);
  let beginning: Promise<BegunUpload> | undefined;
  // Not ended by the signal: the id of an upload that was begun all the same would never be known.
  const begin = () =>
    (beginning ??= (async () => {
      if (ifAbsent || ifMatch !== undefined)
        await store.checkConditions?.(key, { ifAbsent, ifMatch, signal });
      return running.begin(() => store.begin(key, beginOptions(options)));
    })());
  let info: ObjectInfo | undefined;
  try {
    const { parts } = await sendSource(
      store,
      begin,
      source,
      { partSize: chosen, memory, size, concurrency, signal, progress },
      whole && (async (bytes) => void (info = await whole(bytes))),
    );
    if (info) return info;
    const { uploadId, token } = await begin();
    throwIfAborted(signal);
    return await store.complete(key, uploadId, parts, { token, ifAbsent, ifMatch, signal });
  } catch (error) {
    // It may just become the object, or be it: not every server keeps the parts of that from an abort that comes then.
    // https://github.com/ceph/ceph/pull/60771, https://github.com/seaweedfs/seaweedfs/pull/11385
    if (meaningOf(error, classify).code === 'OUTCOME_UNKNOWN') throw error;
    const failure = beginning && (await cleanUp(store, key, beginning));
    throw failure ? withCleanUp(error, failure.error, classify) : error;
  } finally {
    beginning?.then(({ uploadId }) => running.end(uploadId)).catch(() => undefined);
  }
}

async function knownSize(source: Body, declared: number | undefined): Promise<number | undefined> {
  if (source instanceof FileBody) return (await source.state()).size;
  return source instanceof Uint8Array ? source.byteLength : declared;
}

/** What is kept with the object; the rest is not of the upload, but of how it is made. */
function beginOptions(options: PutOptions): BeginUploadOptions {
  const none = { partSize: undefined, concurrency: undefined, onProgress: undefined, signal: undefined };
  const rest: PutOptions = { ...none, size: undefined, ifAbsent: undefined, ifMatch: undefined };
  return { ...options, ...rest };
}

/** Removes what was begun, and gives what failed. */
async function cleanUp(
  store: PartStore,
  key: string,
  beginning: Promise<BegunUpload>,
): Promise<{ readonly error: unknown } | undefined> {
  const removing = beginning.then(
    ({ uploadId }) => store.abort(key, uploadId, {}),
    // Nothing was begun.
    () => undefined,
  );
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new StorageError('TIMEOUT', `The clean-up has not ended after ${CLEAN_UP_MS} ms`);
    timer = setTimeout(() => reject(error), CLEAN_UP_MS);
  });
  try {
    await Promise.race([removing, late]);
    return undefined;
  } catch (error) {
    removing.catch(() => undefined);
    return { error };
  } finally {
    clearTimeout(timer);
  }
}

function meaningOf(error: unknown, classify: (error: unknown) => ErrorClass): ErrorClass {
  return StorageError.is(error) ? error : classify(error);
}
