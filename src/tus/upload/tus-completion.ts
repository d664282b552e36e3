import { StorageError } from '../../core/error.js';
import type { ObjectInfo } from '../../core/object.js';
import type { UploadedPart } from '../../core/part-store.js';
import { madeBy } from '../../http/pending/upload-mark.js';
import type { KeptRecord } from './tus-folder.js';
import type { TusFinished, TusTarget } from './tus-record.js';
import type { TusTools } from './tus-tools.js';

/** All that was sent: in parts, or where that is less than a part its bytes; `made` when the object was made before. */
export type TusWhole =
  { readonly parts: readonly UploadedPart[] } | { readonly bytes: Uint8Array } | { readonly made: true };

/**
 * Makes the object of an upload that is all there, has it admitted, and keeps what became of it. Each step can be done again
 * after a crash: the key is in the record before there is an object, and it is this upload's alone.
 * @throws StorageError of the admission, and of the storage; NOT_FOUND when the object that was made is gone.
 */
export async function completeUpload(
  start: KeptRecord,
  whole: TusWhole,
  tools: TusTools,
): Promise<TusFinished> {
  const { folder, admission } = tools;
  let kept = start;
  const next = async (change: Partial<KeptRecord['record']>): Promise<void> => {
    kept = await folder.replace(kept, { ...kept.record, ...change });
    tools.keep(kept);
  };
  const chosen = kept.record.target;
  const target =
    chosen ?? (await admission.choose(kept.record, 'bytes' in whole ? whole.bytes : new Uint8Array()));
  if (!chosen) await next({ target });
  const again = kept.record.admitting === true;
  const found = again ? await placed(target, tools) : undefined;
  if (chosen && !found && 'bytes' in whole) await admission.recheck(kept.record, target, whole.bytes);
  const made = found ?? (await makeObject(whole, target, kept, tools));
  let finished: TusFinished;
  if (target.pending && !found) {
    if (!again) await next({ admitting: true });
    finished = await admission.admit(folder.objectKey, target, kept.record);
  } else {
    if (!found) await admission.stored(made, target, kept.record);
    const { size, etag, checksum } = made;
    finished = { key: target.key, contentType: target.contentType, size, etag, checksum };
  }
  await next({ finished });
  await folder.forget(await folder.segments());
  return finished;
}

async function makeObject(
  whole: TusWhole,
  target: TusTarget,
  { record }: KeptRecord,
  { folder, root, admission, partsOf }: TusTools,
): Promise<ObjectInfo> {
  const storage = target.pending ? root : admission.storage;
  const key = target.pending ? folder.objectKey : target.key;
  if ('made' in whole) return storage.head(key);
  const { contentType, contentDisposition } = target;
  if ('bytes' in whole) return storage.put(key, whole.bytes, { contentType, contentDisposition });
  const { uploadId = '', token } = record;
  const { uploads } = partsOf(record);
  const info = await uploads.complete(key, uploadId, whole.parts, { token });
  uploads.running.end(uploadId);
  return info;
}

/** The object under its final key, when an earlier request has come so far: it was told of, and the pending one is gone then. */
async function placed(
  { key, mark }: TusTarget,
  { folder, root, admission }: TusTools,
): Promise<ObjectInfo | undefined> {
  if (await root.exists(folder.objectKey)) return undefined;
  try {
    const info = await admission.storage.head(key);
    return madeBy(info, [mark]) ? info : undefined;
  } catch (error) {
    if (StorageError.is(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}
