import { compareUtf8 } from '../../../core/utf8.js';
import type { S3ListAnswer, S3ListedObject } from '../calls.js';
import { readAnswer } from './xml-answer.js';
import type { XmlReader } from './xml-reader.js';
import { boolean, detached, size, time, unquoted, urlDecoded } from './xml-values.js';
import { XmlError } from './xml.js';

type Draft = { -readonly [K in keyof S3ListedObject]: S3ListedObject[K] };

interface Page {
  readonly objects: Draft[];
  readonly prefixes: string[];
  readonly limit: number;
  encoded: boolean;
  truncated?: boolean;
  token?: string;
  marker?: string;
}

/** What was asked for. */
export interface ListRequest {
  readonly version: 1 | 2;
  /** More entries are an error. Default: 1,000, which no server exceeds. */
  readonly maxKeys?: number | undefined;
}

/**
 * A page of ListObjectsV2 or ListObjects. Keys and prefixes are as they are in the bucket: they are URL-decoded if the
 * answer says that they are encoded (VersityGW ignores `encoding-type`), the continuation token never is.
 *
 * Version 1 has a `NextMarker` with a delimiter only, and else goes on after the last key:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
 * @throws XmlError when it is no list, not all of it is there, or it cannot be continued although there is more.
 * S3AnsweredError when it is an error.
 */
export function parseListAnswer(xml: string, request: ListRequest): S3ListAnswer {
  const limit = request.maxKeys ?? 1000;
  const page = readAnswer(xml, ['ListBucketResult'], (reader) => readPage(reader, limit));
  const { objects, prefixes, truncated } = page;
  if (page.encoded) {
    for (const object of objects) object.key = urlDecoded(object.key);
    for (const [i, prefix] of prefixes.entries()) prefixes[i] = urlDecoded(prefix);
  }
  if (truncated === undefined) throw new XmlError('The answer does not say whether the list goes on');
  if (!truncated) return { objects, prefixes };
  const token = request.version === 2 ? page.token : nextMarker(page);
  if (!token) throw new XmlError('The answer says that the list goes on, and not where');
  return { objects, prefixes, token };
}

function readPage(reader: XmlReader, limit: number): Page {
  const page: Page = { objects: [], prefixes: [], limit, encoded: false };
  for (let name = reader.child(); name !== undefined; name = reader.child()) {
    switch (name) {
      case 'Contents':
        room(page);
        page.objects.push(readObject(reader));
        break;
      case 'CommonPrefixes':
        readPrefixes(reader, page);
        break;
      case 'IsTruncated':
        once(page.truncated, name);
        page.truncated = boolean(reader.text());
        break;
      case 'NextContinuationToken':
        once(page.token, name);
        page.token = detached(reader.text());
        break;
      case 'NextMarker':
        once(page.marker, name);
        page.marker = detached(reader.text());
        break;
      case 'EncodingType':
        page.encoded = reader.text().trim().toLowerCase() === 'url';
        break;
      default:
        reader.skip();
    }
  }
  return page;
}

function readObject(reader: XmlReader): Draft {
  let key: string | undefined;
  let etag = '';
  let bytes: number | undefined;
  let lastModified: Date | undefined;
  for (let name = reader.child(); name !== undefined; name = reader.child()) {
    switch (name) {
      case 'Key':
        once(key, name);
        key = detached(reader.text());
        break;
      case 'Size':
        bytes = size(reader.text());
        break;
      case 'LastModified':
        lastModified = time(reader.text());
        break;
      case 'ETag':
        etag = detached(unquoted(reader.text()));
        break;
      default:
        reader.skip();
    }
  }
  if (!key || bytes === undefined || lastModified === undefined)
    throw new XmlError('The answer has an object without a key, a size or a date');
  return { key, size: bytes, lastModified, etag };
}

/** AWS puts one prefix into each CommonPrefixes, others all into one. */
function readPrefixes(reader: XmlReader, page: Page): void {
  for (let name = reader.child(); name !== undefined; name = reader.child()) {
    if (name === 'Prefix') {
      room(page);
      page.prefixes.push(detached(reader.text()));
    } else reader.skip();
  }
}

function room({ objects, prefixes, limit }: Page): void {
  if (objects.length + prefixes.length >= limit)
    throw new XmlError(`The answer has more than the ${limit} entries that were asked for`);
}

function once(value: unknown, name: string): void {
  if (value !== undefined) throw new XmlError(`The answer has ${name} twice`);
}

/**
 * The server's marker, or the last entry where it tells none. Ceph RGW 16 leaves the marker as it is where everything
 * else is encoded: it is that entry. MinIO's is encoded, and not an entry: it holds an address of its cache.
 */
function nextMarker({ marker, encoded, objects, prefixes }: Page): string | undefined {
  const key = objects.at(-1)?.key ?? '';
  const prefix = prefixes.at(-1) ?? '';
  const last = compareUtf8(key, prefix) < 0 ? prefix : key;
  if (!marker) return last;
  return encoded && marker !== last ? urlDecoded(marker) : marker;
}
