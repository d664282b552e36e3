import { createHash } from 'node:crypto';
import type { Answer } from './http-message.js';
import { crc32Of, refusal } from './tiny-s3-answers.js';

/** Whether an If-Match or If-None-Match names `etag`. */
export function matches(wanted: string, etag: string): boolean {
  return wanted === '*' || wanted.replaceAll('"', '') === etag.replaceAll('"', '');
}

/** Refuses a write for its conditions. @param present The ETag of the object that is there. */
export function refuseWrite(
  present: string | undefined,
  headers: Readonly<Record<string, string>>,
): Answer | undefined {
  if (headers['if-none-match'] === '*' && present !== undefined) return refusal(412, 'PreconditionFailed');
  const wanted = headers['if-match'];
  if (wanted === undefined) return undefined;
  if (present === undefined) return refusal(404, 'NoSuchKey');
  return matches(wanted, present) ? undefined : refusal(412, 'PreconditionFailed');
}

/** Refuses a body that has not the checksum that was sent with it. */
export function refuseBody(headers: Readonly<Record<string, string>>, body: Buffer): Answer | undefined {
  const sums = {
    'x-amz-checksum-crc32': () => crc32Of(body),
    'x-amz-checksum-sha256': () => createHash('sha256').update(body).digest('base64'),
    'content-md5': () => createHash('md5').update(body).digest('base64'),
  };
  const wrong = Object.entries(sums).some(
    ([name, sum]) => headers[name] !== undefined && headers[name] !== sum(),
  );
  return wrong ? refusal(400, 'BadDigest') : undefined;
}

/** The bytes that a Range or x-amz-copy-source-range asks for. */
export function rangeOf(
  header: string | undefined,
  size: number,
): { start: number; end: number } | 'none' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return start > end || start >= size ? 'none' : { start, end };
}
