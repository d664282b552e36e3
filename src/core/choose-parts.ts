import { StorageError } from './error.js';
import type { PartLimits, UploadedPart } from './part-store.js';

/**
 * Those of the `stored` parts that `named` names, for a backend that keeps parts itself. The rules are those of S3:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 * @throws StorageError INVALID_ARGUMENT, reason `parts`, for one that is not stored as it is named, or too small and not
 * the last; TOO_LARGE, reason `size`, when they are more together than an object may have.
 */
export function chooseParts<Stored extends UploadedPart>(
  stored: ReadonlyMap<number, Stored>,
  named: readonly UploadedPart[],
  { minPart, maxObject }: PartLimits,
): readonly Stored[] {
  let bytes = 0;
  const last = named.at(-1)?.number;
  return named.map(({ number, size, etag }) => {
    const part = stored.get(number);
    if (!part) throw refused(`Part ${number} is not stored`);
    if (part.etag !== etag || part.size !== size) throw refused(`Part ${number} is another one by now`);
    if (size < minPart && number !== last)
      throw refused(`Part ${number} has ${size} bytes, and all but the last have at least ${minPart}`);
    bytes += size;
    if (bytes > maxObject)
      throw new StorageError('TOO_LARGE', `An object has at most ${maxObject} bytes`, { reason: 'size' });
    return part;
  });
}

function refused(why: string): StorageError {
  return new StorageError('INVALID_ARGUMENT', why, { reason: 'parts' });
}
