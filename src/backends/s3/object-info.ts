import { StorageError } from '../../core/error.js';
import type { Checksum, ContentHeaders, ObjectInfo } from '../../core/object.js';
import type { PutOptions } from '../../core/options.js';
import type { S3Headers } from './calls.js';
import { toldChecksum } from './digest.js';
import { metadataHeaders, metadataOf } from './metadata.js';

const HEADERS: readonly (readonly [keyof ContentHeaders, string])[] = [
  ['contentType', 'content-type'],
  ['cacheControl', 'cache-control'],
  ['contentDisposition', 'content-disposition'],
  ['contentEncoding', 'content-encoding'],
  ['contentLanguage', 'content-language'],
];

type Draft = { -readonly [K in keyof ObjectInfo]: ObjectInfo[K] };

/** The headers that keep `options` with an object. */
export function headersOf(options: PutOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, header] of HEADERS) {
    const value = options[name];
    if (value !== undefined) headers[header] = value;
  }
  return options.metadata ? Object.assign(headers, metadataHeaders(options.metadata)) : headers;
}

/** What the headers of an answer tell of the object `key`, which has `size` bytes. @throws StorageError INTEGRITY without an ETag. */
export function infoOf(key: string, size: number, headers: S3Headers): ObjectInfo {
  const lastModified = timeOf(headers['last-modified'] ?? headers['date']);
  const info = draftOf(key, size, headers, lastModified, metadataOf(headers), toldChecksum(headers));
  for (const [name, header] of HEADERS) {
    const value = header === 'content-encoding' ? encodingOf(headers[header]) : headers[header];
    if (value !== undefined && value !== '') info[name] = value;
  }
  return info;
}

/** What is known of an object that was just stored with `options`. @param headers Of the answer. */
export function storedInfo(
  key: string,
  size: number,
  options: PutOptions,
  headers: S3Headers,
  checksum: Checksum | undefined,
): ObjectInfo {
  const info = draftOf(key, size, headers, timeOf(headers['date']), options.metadata ?? {}, checksum);
  for (const [name] of HEADERS) {
    const value = options[name];
    if (value !== undefined) info[name] = value;
  }
  return info;
}

/** What an answer tells of an object whichever way it was asked for. */
function draftOf(
  key: string,
  size: number,
  headers: S3Headers,
  lastModified: Date,
  metadata: Readonly<Record<string, string>>,
  checksum: Checksum | undefined,
): Draft {
  const info: Draft = { key, size, lastModified, etag: etagOf(headers), metadata };
  if (checksum) info.checksum = checksum;
  const versionId = headers['x-amz-version-id'];
  if (versionId !== undefined) info.versionId = versionId;
  return info;
}

/** The ETag without its quotes. @throws StorageError INTEGRITY when there is none. */
export function etagOf(headers: S3Headers): string {
  const { etag } = headers;
  if (etag === undefined || etag === '')
    throw new StorageError('INTEGRITY', 'The server gave no ETag', { reason: 'protocol' });
  return etag.startsWith('"') && etag.endsWith('"') ? etag.slice(1, -1) : etag;
}

/**
 * Without `aws-chunked`, which is how the body was sent and which some servers (VersityGW) keep:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
function encodingOf(value: string | undefined): string | undefined {
  if (value === undefined || !/aws-chunked/i.test(value)) return value;
  const names = value.split(',').map((name) => name.trim());
  return names.filter((name) => name.toLowerCase() !== 'aws-chunked').join(', ');
}

/** The time that was told last: many answers come in one second. */
let lastTime = { text: '', ms: NaN };

function timeOf(value: string | undefined): Date {
  if (value !== undefined && value !== lastTime.text) lastTime = { text: value, ms: Date.parse(value) };
  const ms = value === undefined ? NaN : lastTime.ms;
  return new Date(Number.isNaN(ms) ? Date.now() : ms);
}
