import { StorageError } from '../../../core/error.js';
import type { ListUploadsOptions, PartsPage, UploadedPart, UploadsPage } from '../../../core/part-store.js';
import { compareUtf8 } from '../../../core/utf8.js';
import type { S3UploadCalls, S3UploadMarker } from '../upload-calls.js';
import { decodeMarker, encodeMarker } from './upload-cursor.js';

/** Pages in a row that bring no other key, or no upload at all: a million uploads of one key. */
const MAX_STILL = 1000;
/** The number of the last part, whatever a profile says: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const LAST_PART = 10_000;

/** Pages of uploads and of parts, which have to advance, and to end. */
export class UploadLister {
  private readonly lastPart: number;

  constructor(
    private readonly uploads: S3UploadCalls,
    private readonly byPrefix: 'any' | 'exact-key',
    maxParts: number,
  ) {
    this.lastPart = Math.max(maxParts, LAST_PART);
  }

  /** @throws StorageError INTEGRITY, reason `list`, for a page that does not advance. */
  async list({ prefix = '', cursor, signal }: ListUploadsOptions): Promise<UploadsPage> {
    const after = cursor === undefined ? undefined : decodeMarker(cursor, prefix);
    const asked = this.byPrefix === 'any' ? prefix : '';
    const { uploads, next } = await this.uploads.list({ prefix: asked, after, signal });
    // A scope must not show what is outside, whatever the server lists.
    const found = uploads.filter(({ key }) => key.startsWith(prefix));
    if (next === undefined) return { uploads: found };
    if (after && !isBehind(next, after)) throw stuck('uploads');
    const stays = after !== undefined && (next.key === after.key || uploads.length === 0);
    const still = stays ? after.still + 1 : 0;
    if (still > MAX_STILL) throw stuck('uploads');
    return { uploads: found, cursor: encodeMarker({ ...next, still }, prefix) };
  }

  /** @throws StorageError INTEGRITY, reason `list`, for a page that does not advance. */
  partsPage(parts: readonly UploadedPart[], after: number, next: number | undefined): PartsPage {
    let last = after;
    for (const { number } of parts) {
      if (number <= last) throw stuck('parts');
      last = number;
    }
    if (next === undefined) return { parts };
    if (next <= after || next > this.lastPart) throw stuck('parts');
    return { parts, next };
  }
}

/** Of one key the ids come in no order that could be compared. */
function isBehind(next: S3UploadMarker, after: S3UploadMarker): boolean {
  const order = compareUtf8(next.key, after.key);
  return order > 0 || (order === 0 && next.uploadId !== after.uploadId);
}

function stuck(what: string): StorageError {
  return new StorageError('INTEGRITY', `The list of ${what} of the server does not advance`, {
    reason: 'list',
  });
}
