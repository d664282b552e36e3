import { createHash } from 'node:crypto';
import type { Answer, RequestHead } from './http-message.js';
import { bare, crc32Of, refusal, xml } from './tiny-s3-answers.js';
import { matches, rangeOf, refuseBody, refuseWrite } from './tiny-s3-checks.js';
import { countTags, taggingXml, tagsOfXml } from './tiny-s3-tags.js';
import { TinyUploads } from './tiny-s3-uploads.js';
import { deletedXml, keysOfDelete, listXml } from './tiny-s3-xml.js';

export { crc32Of, refusal, xml } from './tiny-s3-answers.js';

/** An object of the server. */
export interface TinyObject {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  /** With quotes. */
  readonly etag: string;
  readonly modified: Date;
  /** Bytes of each part of which it was made. */
  readonly parts?: readonly number[];
}

const KEPT =
  /^(x-amz-meta-.*|content-type|content-encoding|content-language|content-disposition|cache-control|x-amz-checksum-(crc32|sha256)|x-amz-tagging)$/;

/**
 * One bucket, `b`, in memory, that answers as S3 does what a storage asks of one: objects with conditions, ranges and checksums,
 * listings, copies, tags, DeleteObjects and uploads in parts. It takes every signature.
 */
export class TinyS3 {
  readonly objects = new Map<string, TinyObject>();
  readonly uploads = new TinyUploads(this);
  private requests = 0;

  /** Does what `request` says. */
  handle(request: RequestHead, body: Buffer): Answer {
    const answer = this.answer(request, body);
    return {
      ...answer,
      headers: { 'x-amz-request-id': `REQ${String(++this.requests).padStart(5, '0')}`, ...answer.headers },
    };
  }

  /** Stores an object as another client would. */
  seed(key: string, body: Buffer | string, headers: Readonly<Record<string, string>> = {}): TinyObject {
    const bytes = Buffer.from(body as string);
    const object: TinyObject = {
      body: bytes,
      headers: {
        'content-type': 'application/octet-stream',
        'x-amz-checksum-crc32': crc32Of(bytes),
        ...headers,
      },
      etag: `"${createHash('md5').update(bytes).digest('hex')}"`,
      modified: new Date(Math.floor(Date.now() / 1000) * 1000),
    };
    this.objects.set(key, object);
    return object;
  }

  private answer(request: RequestHead, body: Buffer): Answer {
    const [, bucket, ...rest] = request.path.split('/').map((part) => decodeURIComponent(part));
    const key = rest.join('/');
    if (bucket !== 'b') return refusal(404, 'NoSuchBucket');
    const upload = this.uploads.handle(key, request, body);
    if (upload) return upload;
    if (key === '') return this.bucket(request, body);
    if (request.query.has('tagging')) return this.tagging(key, request, body);
    if (request.method === 'PUT') {
      const source = request.headers['x-amz-copy-source'];
      return source === undefined ? this.put(key, request, body) : this.copy(source, key, request);
    }
    if (request.method === 'DELETE') return this.delete(key, request);
    return this.read(key, request);
  }

  private bucket({ method, query }: RequestHead, body: Buffer): Answer {
    if (method === 'HEAD') return { status: 200, headers: {}, body: Buffer.alloc(0) };
    if (method === 'POST' && query.has('delete')) {
      const keys = keysOfDelete(body.toString());
      for (const key of keys) this.objects.delete(key);
      return xml(200, deletedXml(keys));
    }
    return xml(200, listXml(this.objects, query));
  }

  /** Tags are kept as the header that sent them, which no read shows. */
  private tagging(key: string, { method }: RequestHead, body: Buffer): Answer {
    const object = this.objects.get(key);
    if (!object) return refusal(404, 'NoSuchKey');
    if (method === 'GET') return xml(200, taggingXml(object.headers['x-amz-tagging']));
    const headers = { ...object.headers, 'x-amz-tagging': tagsOfXml(body.toString()) };
    this.objects.set(key, { ...object, headers });
    return bare(200);
  }

  private put(key: string, { headers }: RequestHead, body: Buffer): Answer {
    const refused = refuseWrite(this.objects.get(key)?.etag, headers) ?? refuseBody(headers, body);
    if (refused) return refused;
    const kept = Object.entries(headers).filter(([name]) => KEPT.test(name));
    const { etag, headers: stored } = this.seed(key, body, Object.fromEntries(kept));
    const checksums = Object.entries(stored).filter(([name]) => name.startsWith('x-amz-checksum-'));
    return { status: 200, headers: { etag, ...Object.fromEntries(checksums) }, body: Buffer.alloc(0) };
  }

  private copy(source: string, key: string, { headers }: RequestHead): Answer {
    const [, ...rest] = source.replace(/^\//, '').split('/').map(decodeURIComponent);
    const from = this.objects.get(rest.join('/'));
    if (!from) return refusal(404, 'NoSuchKey');
    const wanted = headers['x-amz-copy-source-if-match'];
    if (wanted !== undefined && !matches(wanted, from.etag)) return refusal(412, 'PreconditionFailed');
    const refused = refuseWrite(this.objects.get(key)?.etag, headers);
    if (refused) return refused;
    const replaced = headers['x-amz-metadata-directive'] === 'REPLACE';
    const kept = Object.entries(replaced ? headers : from.headers).filter(([name]) => KEPT.test(name));
    const { etag, modified } = this.seed(key, from.body, Object.fromEntries(kept));
    const result = `<ETag>&quot;${etag.slice(1, -1)}&quot;</ETag><LastModified>${modified.toISOString()}</LastModified>`;
    return xml(200, `<CopyObjectResult>${result}</CopyObjectResult>`);
  }

  private delete(key: string, { headers }: RequestHead): Answer {
    const refused = refuseWrite(this.objects.get(key)?.etag, headers);
    if (refused) return refused;
    this.objects.delete(key);
    return { status: 204, headers: {}, body: Buffer.alloc(0) };
  }

  private read(key: string, { method, headers, query }: RequestHead): Answer {
    const object = this.objects.get(key);
    if (!object) return method === 'HEAD' ? bare(404) : refusal(404, 'NoSuchKey');
    const { etag, modified, body } = object;
    if (headers['if-match'] !== undefined && !matches(headers['if-match'], etag)) {
      return method === 'HEAD' ? bare(412) : refusal(412, 'PreconditionFailed');
    }
    if (headers['if-none-match'] !== undefined && matches(headers['if-none-match'], etag)) return bare(304);
    const wanted = headers['x-amz-checksum-mode'] === 'ENABLED' && headers['range'] === undefined;
    const shown = Object.entries(object.headers).filter(
      ([name]) => name !== 'x-amz-tagging' && (wanted || !name.startsWith('x-amz-checksum')),
    );
    const tags = countTags(object.headers['x-amz-tagging']);
    const common = {
      ...Object.fromEntries(shown),
      ...(tags > 0 && { 'x-amz-tagging-count': String(tags) }),
      etag,
      'last-modified': modified.toUTCString(),
      'accept-ranges': 'bytes',
    };
    const partNumber = query.get('partNumber');
    if (partNumber !== undefined) {
      const { parts = [body.length] } = object;
      const size = parts[Number(partNumber) - 1];
      if (size === undefined) return refusal(416, 'InvalidPartNumber');
      const count = { 'x-amz-mp-parts-count': String(parts.length), 'content-length': String(size) };
      return { status: 206, headers: { ...common, ...(object.parts && count) }, body: Buffer.alloc(0) };
    }
    const range = rangeOf(headers['range'], body.length);
    if (range === 'none') {
      return refusal(416, 'InvalidRange', { 'content-range': `bytes */${body.length}` });
    }
    const part = range ? body.subarray(range.start, range.end + 1) : body;
    return {
      status: range ? 206 : 200,
      headers: {
        ...common,
        'content-length': String(part.length),
        ...(range && { 'content-range': `bytes ${range.start}-${range.end}/${body.length}` }),
      },
      body: part,
    };
  }
}
