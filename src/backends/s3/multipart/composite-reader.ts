import { atOnce } from '../../../core/at-once.js';
import type { CompositeChecksum, CompositeOf, CompositeStore } from '../../../core/composite-checksums.js';
import { StorageError } from '../../../core/error.js';
import type { OperationOptions } from '../../../core/options.js';
import { partCountOf } from '../../../core/part-count.js';
import { MAX_PARTS } from '../../../core/max-parts.js';
import { lengthOf } from '../answered-part.js';
import type { S3Calls, S3Headers } from '../calls.js';
import { etagOf } from '../object-info.js';
import type { Reader } from '../reader.js';
import { S3ResponseError } from '../response-error.js';

/** Those that may be of parts: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html */
const ALGORITHMS = ['crc32', 'crc32c', 'sha1', 'sha256'] as const;
/** Parts that are asked for at once. */
const AT_ONCE = 8;

/**
 * Checksums of parts, by what a HEAD tells: `…-3` is the checksum of those of three parts, and `partNumber` asks for one part
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html). Rejected: GetObjectAttributes, which none of the
 * servers measured has (VersityGW, MinIO, Ceph RGW), and which needs a permission of its own.
 */
export class CompositeReader implements CompositeStore {
  constructor(
    private readonly calls: S3Calls,
    private readonly reader: Reader,
  ) {}

  async composite(
    key: string,
    of: CompositeOf,
    options: OperationOptions,
  ): Promise<CompositeChecksum | undefined> {
    const parts = partCountOf(of.etag);
    if (parts === 0 || parts > MAX_PARTS) return undefined;
    const { headers } = await this.reader.headers(key, { versionId: of.versionId, signal: options.signal });
    if (etagOf(headers) !== of.etag)
      throw new StorageError('PRECONDITION_FAILED', 'The object is another one by now', {
        reason: 'changed',
      });
    const told = toldOf(headers, parts);
    const partSize = told && (await this.sizeOf(key, of, parts, 1, options));
    return partSize === undefined ? undefined : { ...told!, parts, partSize };
  }

  async partSizes(
    key: string,
    of: CompositeOf,
    parts: number,
    options: OperationOptions,
  ): Promise<readonly number[] | undefined> {
    const numbers = Array.from({ length: parts }, (_, i) => i + 1);
    const sizes = await atOnce(numbers, AT_ONCE, (number) => this.sizeOf(key, of, parts, number, options));
    const known = sizes.filter((size) => size !== undefined);
    return known.length === parts ? known : undefined;
  }

  /** Bytes of one part; undefined where the server does not know parts, as Ceph RGW 16, which answers for the whole. */
  private async sizeOf(
    key: string,
    { etag, versionId }: CompositeOf,
    parts: number,
    partNumber: number,
    { signal }: OperationOptions,
  ): Promise<number | undefined> {
    try {
      const { headers } = await this.calls.head({ key, versionId, partNumber, headers: {}, signal });
      const known = headers['x-amz-mp-parts-count'] === String(parts) && etagOf(headers) === etag;
      return known ? lengthOf(headers) : undefined;
    } catch (error) {
      const refused = error instanceof S3ResponseError && [400, 416, 501].includes(error.status);
      if (refused) return undefined;
      throw error;
    }
  }
}

function toldOf(
  headers: S3Headers,
  parts: number,
): Pick<CompositeChecksum, 'algorithm' | 'value'> | undefined {
  for (const algorithm of ALGORITHMS) {
    const [value, count] = headers[`x-amz-checksum-${algorithm}`]?.split('-') ?? [];
    if (value !== undefined && count === String(parts)) return { algorithm, value };
  }
  return undefined;
}
