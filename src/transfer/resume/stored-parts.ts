import { createHash, getFips } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc32Checksum } from '../../core/checksum.js';
import type { MultipartUploads } from '../../core/multipart-uploads.js';
import type { Checksum } from '../../core/object.js';
import type { UploadedPart } from '../../core/part-store.js';
import { readPart } from '../../core/read-part.js';
import { changed, type ResumableSource } from './resumable-source.js';
import type { UploadRecord } from './upload-record.js';

/** All parts that the backend has. @throws StorageError NOT_FOUND, reason `upload`. */
export async function listStoredParts(
  uploads: MultipartUploads,
  key: string,
  uploadId: string,
  signal: AbortSignal | undefined,
): Promise<UploadedPart[]> {
  const parts: UploadedPart[] = [];
  for (let after: number | undefined = 0; after !== undefined;) {
    const page = await uploads.listParts(key, uploadId, { after, signal });
    parts.push(...page.parts);
    after = page.next;
  }
  return parts;
}

/**
 * Those of the `stored` parts that need not be sent again: of the right size, and with the bytes of the source, which are
 * read for it. Whatever cannot be told is sent again.
 * @throws StorageError ABORTED, reason `changed`, when a part that this upload has sent is not in the source any more.
 */
export async function partsToKeep(
  stored: readonly UploadedPart[],
  { parts, partSize }: Pick<UploadRecord, 'parts' | 'partSize'>,
  source: ResumableSource,
  signal: AbortSignal | undefined,
): Promise<UploadedPart[]> {
  const recorded = new Map(parts.map((part) => [part.number, part]));
  const kept: UploadedPart[] = [];
  let proven = false;
  let unlike: UploadedPart | undefined;
  for (const part of stored) {
    const start = (part.number - 1) * partSize;
    const size = Math.min(partSize, source.size - start);
    if (part.size !== size) continue;
    const before = recorded.get(part.number);
    const ours = before?.etag === part.etag && before.size === size;
    const checksum = part.checksum ?? (ours ? before.checksum : undefined);
    const same = await holds(source, start, size, { ...part, checksum }, signal);
    if (same === 'no' && ours) throw changed(`part ${part.number} has other bytes`);
    if (same === 'by md5') proven = true;
    if (same === 'not by md5' && ours) unlike ??= part;
    // Without a word on its bytes a part is that of the record by its ETag alone.
    if (same === 'yes' || same === 'by md5' || (same === undefined && ours)) kept.push({ ...part, checksum });
  }
  if (proven && unlike) throw changed(`part ${unlike.number} has other bytes`);
  return kept;
}

/**
 * Whether the source has the bytes of the part; undefined when nothing tells. Most servers give a part its MD5 as ETag, but
 * not where they encrypt: that it differs means something only when that of another part of the upload does not.
 */
async function holds(
  source: ResumableSource,
  start: number,
  size: number,
  { checksum, etag }: { readonly checksum?: Checksum | undefined; readonly etag: string },
  signal: AbortSignal | undefined,
): Promise<'yes' | 'no' | 'by md5' | 'not by md5' | undefined> {
  const byCrc = checksum?.algorithm === 'crc32';
  const md5 = !byCrc && getFips() === 0 && /^[0-9a-f]{32}$/.test(etag) ? createHash('md5') : undefined;
  if (!byCrc && !md5) return undefined;
  let crc = 0;
  await readPart(source.part(start, size), signal, (piece) => {
    if (md5) md5.update(piece);
    else crc = crc32(piece, crc);
  });
  if (md5) return md5.digest('hex') === etag ? 'by md5' : 'not by md5';
  return crc32Checksum(crc).value === checksum?.value ? 'yes' : 'no';
}
