import { CursorFields } from '../cursor-fields.js';
import type { S3UploadMarker } from '../upload-calls.js';

const CURSOR = new CursorFields('s3u:', 'a list of uploads');

/** Where a list of uploads goes on. */
export interface UploadPlace extends S3UploadMarker {
  /** Pages in a row that have brought nothing new. */
  readonly still: number;
}

/** A cursor that tells nothing of what lies above `prefix`, as long as the marker has it. */
export function encodeMarker({ key, uploadId, still }: UploadPlace, prefix: string): string {
  const named = key.startsWith(prefix);
  return CURSOR.encode([named ? key.slice(prefix.length) : key, named ? 1 : 0, uploadId, still]);
}

/** @throws StorageError INVALID_ARGUMENT, reason `cursor`, when `cursor` was not made by `encodeMarker`. */
export function decodeMarker(cursor: unknown, prefix: string): UploadPlace {
  const [key, named, uploadId, still] = CURSOR.decode(cursor);
  if (typeof key !== 'string' || typeof uploadId !== 'string' || typeof still !== 'number')
    throw CURSOR.foreign();
  return { key: named === 1 ? prefix + key : key, uploadId, still };
}
