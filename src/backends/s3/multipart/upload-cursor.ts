import { StorageError } from '../../../core/error.js';
import type { S3UploadMarker } from '../upload-calls.js';

/** What a cursor begins with, so that a foreign one is refused here. */
const MARK = 's3u:';

/** Where a list of uploads goes on. */
export interface UploadPlace extends S3UploadMarker {
  /** Pages in a row that have brought nothing new. */
  readonly still: number;
}

/** A cursor that tells nothing of what lies above `prefix`, as long as the marker has it. */
export function encodeMarker({ key, uploadId, still }: UploadPlace, prefix: string): string {
  const named = key.startsWith(prefix);
  const fields = [named ? key.slice(prefix.length) : key, named ? 1 : 0, uploadId, still];
  return Buffer.from(MARK + JSON.stringify(fields)).toString('base64url');
}

/** @throws StorageError INVALID_ARGUMENT, reason `cursor`, when `cursor` was not made by `encodeMarker`. */
export function decodeMarker(cursor: unknown, prefix: string): UploadPlace {
  const text = typeof cursor === 'string' ? Buffer.from(cursor, 'base64url').toString() : '';
  if (!text.startsWith(MARK)) throw foreign();
  const fields = parse(text.slice(MARK.length));
  if (!Array.isArray(fields)) throw foreign();
  const [key, named, uploadId, still] = fields as readonly unknown[];
  if (typeof key !== 'string' || typeof uploadId !== 'string' || typeof still !== 'number') throw foreign();
  return { key: named === 1 ? prefix + key : key, uploadId, still };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw foreign();
  }
}

function foreign(): StorageError {
  return new StorageError('INVALID_ARGUMENT', 'The cursor is not one that a list of uploads returned', {
    reason: 'cursor',
  });
}
