import { crc32 } from 'node:zlib';
import { crc32Checksum } from '../../core/checksum.js';
import { StorageError } from '../../core/error.js';
import type { ObjectInfo } from '../../core/object.js';
import { readPart } from '../../core/read-part.js';
import type { ResumableSource } from './resumable-source.js';
import type { UploadPlace } from './upload-place.js';
import type { UploadRecord } from './upload-record.js';

/**
 * The object that came of an upload which is gone: known by its token, which backends compare themselves; else by a size and
 * a checksum that are those of the source, unless it was to be stored on a condition. Undefined when it was never completed,
 * or another object is there by now.
 */
export async function finishedObject(
  { parts: uploads, backend }: UploadPlace,
  key: string,
  record: UploadRecord,
  source: ResumableSource,
  signal: AbortSignal | undefined,
): Promise<ObjectInfo | undefined> {
  const { state, uploadId, token, parts, conditions } = record;
  if (state !== 'completing' || uploadId === undefined) return undefined;
  try {
    return await uploads().complete(key, uploadId, parts, { ...conditions, token, signal });
  } catch (error) {
    if (!StorageError.is(error, 'NOT_FOUND')) throw error;
  }
  // Whose they are, which these ask for, bytes do not tell.
  if (conditions.ifAbsent || conditions.ifMatch !== undefined) return undefined;
  try {
    const info = await backend.head(key, { signal });
    if (info.size !== source.size || info.checksum?.algorithm !== 'crc32') return undefined;
    return (await crc32Of(source, signal)) === info.checksum.value ? info : undefined;
  } catch (error) {
    if (StorageError.is(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}

async function crc32Of(source: ResumableSource, signal: AbortSignal | undefined): Promise<string> {
  let crc = 0;
  await readPart(source.part(0, source.size), signal, (piece) => void (crc = crc32(piece, crc)));
  return crc32Checksum(crc).value;
}
