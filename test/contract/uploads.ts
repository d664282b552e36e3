import { MultipartUploads } from '../../src/core/multipart-uploads.js';
import type { PendingUpload, UploadedPart } from '../../src/core/part-store.js';
import type { Rereadable } from '../../src/core/rereadable.js';
import type { StorageService } from '../../src/storage/storage.service.js';
import { bytesOf } from '../support/bodies.js';

/** A prime, so that no block of a part looks like another one. */
const PATTERN = 8191;

/** Milliseconds for a test that sends some parts of 5 MiB to a busy server. */
export const SLOW = 60_000;

export const uploadsOf = (storage: StorageService): MultipartUploads => storage.as(MultipartUploads);

/** The content of a part that need not be the last one, a little longer than it has to be. */
export function partOf({ limits }: MultipartUploads, seed = 1): Buffer {
  return Buffer.alloc(limits.minPart + 7, bytesOf(PATTERN, seed));
}

/** `bytes`, to be read piece by piece through one buffer, as a file is; `before` runs before each piece is given. */
export function rereadable(
  bytes: Buffer,
  before: (start: number) => Promise<void> | void = () => undefined,
): Rereadable {
  let buffer = Buffer.alloc(0);
  return {
    byteLength: bytes.byteLength,
    async read(start, end) {
      await before(start);
      // What was given before is no longer what it was.
      buffer.fill(0xee);
      if (buffer.byteLength < end - start) buffer = Buffer.alloc(end - start);
      bytes.copy(buffer, 0, start, end);
      return buffer.subarray(0, end - start);
    },
  };
}

/** All uploads that are begun and not ended. */
export async function pending(uploads: MultipartUploads, prefix?: string): Promise<PendingUpload[]> {
  const all: PendingUpload[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await uploads.list({ prefix, cursor });
    all.push(...page.uploads);
    if (page.cursor === undefined) return all;
    cursor = page.cursor;
  }
}

/** All parts of an upload. */
export async function partsOf(uploads: MultipartUploads, key: string, id: string): Promise<UploadedPart[]> {
  const all: UploadedPart[] = [];
  for (let after: number | undefined; ;) {
    const page = await uploads.listParts(key, id, { after });
    all.push(...page.parts);
    if (page.next === undefined) return all;
    after = page.next;
  }
}

/** Begins, sends `contents` as parts 1, 2, 3 …, one after the other. */
export async function begun(
  uploads: MultipartUploads,
  key: string,
  contents: readonly Buffer[],
): Promise<{ readonly id: string; readonly token: string | undefined; readonly parts: UploadedPart[] }> {
  const { uploadId: id, token } = await uploads.begin(key);
  const parts: UploadedPart[] = [];
  for (const content of contents) parts.push(await uploads.putPart(key, id, parts.length + 1, content));
  return { id, token, parts };
}
