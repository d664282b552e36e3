import { createHash } from 'node:crypto';
import type { Answer, RequestHead } from './http-message.js';
import { bare, crc32Of, refusal, xml } from './tiny-s3-answers.js';
import { matches, rangeOf, refuseBody, refuseWrite } from './tiny-s3-checks.js';
import {
  begunXml,
  completedXml,
  copiedPartXml,
  partsOfComplete,
  partsXml,
  uploadsXml,
  type ShownPart,
} from './tiny-s3-upload-xml.js';
import type { TinyObject, TinyS3 } from './tiny-s3.js';

/** A part of an upload. */
export interface TinyPart extends ShownPart {
  readonly body: Buffer;
}

/** An upload that was begun. */
export interface TinyUpload {
  readonly uploadId: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly parts: Map<number, TinyPart>;
  readonly initiated: Date;
  /** The ETag of the object that was there then. */
  readonly found: string | undefined;
}

/** Uploads in parts, as S3 has them: with checksums of parts, copies, pages and conditions. An upload that has ended is NoSuchUpload. */
export class TinyUploads {
  /** By their ids. */
  readonly pending = new Map<string, TinyUpload>();
  /** Entries of a page of parts or uploads. */
  pageSize = 1000;
  /** Bytes of the smallest part but the last one. */
  minPart = 5 * 1024 * 1024;
  /** When the conditions of an upload are compared: as S3 does it, with what was there when the upload was begun, or never. */
  conditions: 'at its end' | 'at its beginning' | 'never' = 'at its end';
  private begun = 0;

  constructor(private readonly s3: TinyS3) {}

  /** What `request` is answered, when it is about uploads. */
  handle(key: string, request: RequestHead, body: Buffer): Answer | undefined {
    const { method, query } = request;
    if (query.has('uploads')) return method === 'POST' ? this.begin(key, request) : this.list(query);
    const uploadId = query.get('uploadId');
    if (uploadId === undefined) return undefined;
    const upload = this.pending.get(uploadId);
    if (!upload || upload.key !== key) return refusal(404, 'NoSuchUpload');
    if (method === 'PUT') return this.putPart(upload, request, body);
    if (method === 'GET') return this.listParts(upload, query);
    if (method === 'POST') return this.complete(upload, request, body);
    this.pending.delete(uploadId);
    return bare(204);
  }

  private begin(key: string, { headers }: RequestHead): Answer {
    const uploadId = `upload-${String(++this.begun).padStart(4, '0')}`;
    const found = this.s3.objects.get(key)?.etag;
    this.pending.set(uploadId, { uploadId, key, headers, parts: new Map(), initiated: new Date(), found });
    const names = ['x-amz-checksum-algorithm', 'x-amz-checksum-type'];
    const told = Object.entries(headers).filter(([name]) => names.includes(name));
    return xml(200, begunXml(key, uploadId), Object.fromEntries(told));
  }

  private putPart(upload: TinyUpload, { headers, query }: RequestHead, body: Buffer): Answer {
    const number = Number(query.get('partNumber'));
    if (!Number.isInteger(number) || number < 1 || number > 10_000) return refusal(400, 'InvalidArgument');
    const source = headers['x-amz-copy-source'];
    const bytes = source === undefined ? body : this.source(source, headers);
    if (!Buffer.isBuffer(bytes)) return bytes;
    const refused = refuseBody(headers, bytes);
    if (refused) return refused;
    const summed = upload.headers['x-amz-checksum-algorithm'] === 'CRC32' || headers['x-amz-checksum-crc32'];
    const part: TinyPart = {
      number,
      body: bytes,
      size: bytes.length,
      etag: `"${md5(bytes)}"`,
      crc32: summed ? crc32Of(bytes) : undefined,
      modified: new Date(),
    };
    upload.parts.set(number, part);
    if (source !== undefined) return xml(200, copiedPartXml(part));
    return bare(200, {
      etag: part.etag,
      'content-length': '0',
      ...(part.crc32 !== undefined && { 'x-amz-checksum-crc32': part.crc32 }),
    });
  }

  /** The bytes of a part that is copied, or why it is not. */
  private source(source: string, headers: Readonly<Record<string, string>>): Buffer | Answer {
    const [, ...rest] = source.replace(/^\//, '').split('/').map(decodeURIComponent);
    const from = this.s3.objects.get(rest.join('/'));
    if (!from) return refusal(404, 'NoSuchKey');
    const wanted = headers['x-amz-copy-source-if-match'];
    if (wanted !== undefined && !matches(wanted, from.etag)) return refusal(412, 'PreconditionFailed');
    const range = rangeOf(headers['x-amz-copy-source-range'], from.body.length);
    if (range === 'none') return refusal(416, 'InvalidRange');
    return range ? from.body.subarray(range.start, range.end + 1) : from.body;
  }

  private listParts({ key, uploadId, parts }: TinyUpload, query: ReadonlyMap<string, string>): Answer {
    const after = Number(query.get('part-number-marker') ?? 0);
    const left = [...parts.values()]
      .filter(({ number }) => number > after)
      .sort((one, other) => one.number - other.number);
    const page = left.slice(0, this.pageSize);
    const next = left.length > page.length ? page.at(-1)?.number : undefined;
    return xml(200, partsXml(key, uploadId, page, next));
  }

  private complete(upload: TinyUpload, { headers }: RequestHead, body: Buffer): Answer {
    const { key, uploadId } = upload;
    const named = partsOfComplete(body.toString());
    if (named.length === 0) return refusal(400, 'MalformedXML');
    if (named.some(({ number }, at) => number <= (named[at - 1]?.number ?? 0)))
      return refusal(400, 'InvalidPartOrder');
    const parts: TinyPart[] = [];
    for (const { number, etag, crc32 } of named) {
      const part = upload.parts.get(number);
      if (!part || !matches(etag, part.etag)) return refusal(400, 'InvalidPart');
      if (crc32 !== undefined && crc32 !== part.crc32) return refusal(400, 'InvalidPart');
      parts.push(part);
    }
    if (parts.slice(0, -1).some(({ size }) => size < this.minPart)) return refusal(400, 'EntityTooSmall');
    const refused = this.refuse(upload, headers);
    if (refused) return refused;
    const whole = Buffer.concat(parts.map((part) => part.body));
    const checksum = checksumOf(upload, parts, whole);
    const claimed = headers['x-amz-checksum-crc32'];
    if (claimed !== undefined && claimed !== checksum?.crc32) return refusal(400, 'BadDigest');
    const { etag } = this.store(upload, parts, whole, checksum);
    this.pending.delete(uploadId);
    return xml(200, completedXml(key, etag, checksum));
  }

  private refuse({ key, found }: TinyUpload, headers: RequestHead['headers']): Answer | undefined {
    if (this.conditions === 'never') return undefined;
    const atEnd = this.conditions === 'at its end';
    return refuseWrite(atEnd ? this.s3.objects.get(key)?.etag : found, headers);
  }

  private store(
    { key, headers }: TinyUpload,
    parts: readonly TinyPart[],
    whole: Buffer,
    checksum: Checksum | undefined,
  ): TinyObject {
    const kept = Object.entries(headers).filter(([name]) => KEPT.test(name));
    const sums = checksum && {
      'x-amz-checksum-crc32': checksum.crc32,
      'x-amz-checksum-type': checksum.type,
    };
    const etags = parts.map(({ etag }) => Buffer.from(etag.replaceAll('"', ''), 'hex'));
    const object: TinyObject = {
      body: whole,
      headers: { 'content-type': 'application/octet-stream', ...Object.fromEntries(kept), ...sums },
      etag: `"${md5(Buffer.concat(etags))}-${parts.length}"`,
      modified: new Date(Math.floor(Date.now() / 1000) * 1000),
      parts: parts.map(({ size }) => size),
    };
    this.s3.objects.set(key, object);
    return object;
  }

  private list(query: ReadonlyMap<string, string>): Answer {
    const [prefix, key, id] = ['prefix', 'key-marker', 'upload-id-marker'].map(
      (name) => query.get(name) ?? '',
    ) as [string, string, string];
    const bytes = (text: string) => Buffer.from(text);
    const order = (one: string, other: string) => Buffer.compare(bytes(one), bytes(other));
    const left = [...this.pending.values()]
      .filter((upload) => upload.key.startsWith(prefix))
      .sort((one, other) => order(one.key, other.key) || order(one.uploadId, other.uploadId))
      .filter(
        (upload) => order(upload.key, key) > 0 || (upload.key === key && id !== '' && upload.uploadId > id),
      );
    const page = left.slice(0, this.pageSize);
    const truncated = left.length > page.length;
    return xml(200, uploadsXml(page, { truncated, encoded: query.get('encoding-type') === 'url' }));
  }
}

interface Checksum {
  readonly crc32: string;
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
}

const KEPT =
  /^(x-amz-meta-.*|content-type|content-encoding|content-language|content-disposition|cache-control|x-amz-tagging)$/;

const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');

function checksumOf(
  { headers }: TinyUpload,
  parts: readonly TinyPart[],
  whole: Buffer,
): Checksum | undefined {
  if (headers['x-amz-checksum-algorithm'] !== 'CRC32') return undefined;
  if (headers['x-amz-checksum-type'] === 'FULL_OBJECT') return { crc32: crc32Of(whole), type: 'FULL_OBJECT' };
  const sums = Buffer.concat(parts.map(({ crc32 = '' }) => Buffer.from(crc32, 'base64')));
  return { crc32: `${crc32Of(sums)}-${parts.length}`, type: 'COMPOSITE' };
}
