import { show } from '../../core/check-shape.js';
import { StorageError } from '../../core/error.js';

/** What pages of other origins may do with a bucket: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html */
export interface S3CorsRule {
  readonly id?: string | undefined;
  /** Such as `https://app.example.com`, with one `*` at most. */
  readonly origins: readonly string[];
  readonly methods: readonly ('GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE')[];
  /** Names of headers that a page may send. Default: none. */
  readonly headers?: readonly string[] | undefined;
  /** Names of headers that a page may read. Default: none. */
  readonly exposeHeaders?: readonly string[] | undefined;
  /** Seconds that a browser keeps the answer. Default: what the browser takes. */
  readonly maxAgeSeconds?: number | undefined;
}

/** A name, a scheme and perhaps a port, as a browser sends it: https://www.rfc-editor.org/rfc/rfc6454#section-7 */
const ORIGIN = /^(?:\*|[a-z][a-z0-9+.-]*:\/\/[^/?#\s*]*\*?[^/?#\s*]*)$/i;

/**
 * The rule that a bucket needs, so that pages of `origins` send files straight to it: `PUT` of a file and of its parts, `POST` of a
 * form, what is signed of them, and the ETag of the answer. Set it by `S3Buckets.setCors`, or print it for whoever does.
 * @param origins Where the pages are: `https://app.example.com`, without a path.
 * @throws StorageError INVALID_ARGUMENT, reason `origins`.
 */
export function corsRule(origins: readonly string[]): S3CorsRule {
  const given: readonly unknown[] = Array.isArray(origins) ? (origins as readonly unknown[]) : [origins];
  const wrong = given.find((origin) => typeof origin !== 'string' || !ORIGIN.test(origin));
  if (given.length === 0 || given[0] === undefined || wrong !== undefined || given[0] === origins)
    throw new StorageError(
      'INVALID_ARGUMENT',
      `corsRule takes origins such as "https://app.example.com", not ${show(wrong ?? origins)}`,
      { reason: 'origins' },
    );
  return {
    id: 'nestjs-stowage-direct',
    origins,
    methods: ['PUT', 'POST'],
    headers: ['content-type', 'content-md5', 'x-amz-checksum-crc32', 'x-amz-checksum-sha256'],
    exposeHeaders: ['ETag'],
    maxAgeSeconds: 3600,
  };
}
