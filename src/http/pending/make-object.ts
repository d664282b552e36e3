import { StorageError } from '../../core/error.js';
import type { ObjectInfo } from '../../core/object.js';
import type { CopyOptions } from '../../core/options.js';
import { disposition } from '../message/disposition.js';
import { takeBack } from '../upload/take-back.js';
import { removeOrLog } from '../upload/remove-or-log.js';
import { inScope } from './in-scope.js';
import type { InspectedObject } from './inspect-stored.js';
import { madeBy, uploadMark } from './upload-mark.js';
import { replacedMeanwhile } from './replaced-meanwhile.js';
import type { StoredUpload } from './stored-upload.js';

/**
 * Copies what was inspected to the key of its upload, marked as what came of it. What a confirmation that was killed has left there is
 * known by that mark: it is this upload's, also under a key that others may write to.
 * @throws StorageError ALREADY_EXISTS when the key is somebody else's; CONFLICT when something else was copied; what `copy` throws.
 */
export async function makeObject(
  upload: StoredUpload,
  from: string,
  inspected: InspectedObject,
  pin: Pick<CopyOptions, 'ifMatch'>,
): Promise<ObjectInfo> {
  const { root, scope, ticket, marks, rules } = upload;
  const { info, contentType } = inspected;
  const { key, name } = ticket;
  const to = inScope(scope, key);
  // Not every server has this condition, and a key that nobody else writes to needs none.
  const ifAbsent = rules.key !== undefined || !root.hasUniqueKeys;
  const replace = {
    contentType,
    contentDisposition: disposition({ attachment: false, name, key }),
    metadata: uploadMark(marks, info.etag),
  };
  const copy = (): Promise<ObjectInfo> =>
    root.copy(from, to, { ...pin, ...(ifAbsent && { ifAbsent }), replace });
  let made: ObjectInfo;
  try {
    made = await copy();
  } catch (error) {
    if (!StorageError.is(error, 'ALREADY_EXISTS', 'OUTCOME_UNKNOWN', 'INTEGRITY')) throw error;
    const before = await found(upload, to);
    if (!before) throw error;
    if (error.code === 'INTEGRITY') {
      // It was copied, and is not what it has to be: not all of it, or not encrypted.
      await removeOrLog('What was left of an upload', () => takeBack(root, before));
      throw error;
    }
    if (madeBy(before, marks, info.etag)) return before;
    // Of what was sent before that confirmation died.
    await takeBack(root, before);
    made = await copy();
  }
  if (made.size === info.size) return made;
  await removeOrLog('What was left of an upload', () => takeBack(root, made));
  throw replacedMeanwhile();
}

/** What this upload has made before. */
async function found({ root, marks }: StoredUpload, to: string): Promise<ObjectInfo | undefined> {
  try {
    const info = await root.head(to);
    return madeBy(info, marks) ? info : undefined;
  } catch (error) {
    if (StorageError.is(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}
