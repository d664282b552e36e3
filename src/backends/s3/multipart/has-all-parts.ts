import type { UploadedPart } from '../../../core/part-store.js';
import type { S3UploadCall, S3UploadCalls } from '../upload-calls.js';

/**
 * Whether the server lists every one of `parts` as it was stored. It may have refused them a moment before: MinIO does, now and
 * then, while an earlier try of a part, whose answer nobody waited for, is still on its way into the same place.
 */
export async function hasAllParts(
  uploads: S3UploadCalls,
  upload: S3UploadCall,
  parts: readonly UploadedPart[],
): Promise<boolean> {
  const wanted = new Map(parts.map((part) => [part.number, part]));
  const last = parts.at(-1)?.number ?? 0;
  let after: number | undefined = 0;
  while (after !== undefined && wanted.size > 0) {
    const page: Awaited<ReturnType<S3UploadCalls['listParts']>> = await uploads.listParts({
      ...upload,
      after,
    });
    for (const { number, size, etag } of page.parts) {
      const part = wanted.get(number);
      if (part?.size === size && part.etag === etag) wanted.delete(number);
    }
    const { next } = page;
    after = next !== undefined && next > after && next < last ? next : undefined;
  }
  return wanted.size === 0;
}
