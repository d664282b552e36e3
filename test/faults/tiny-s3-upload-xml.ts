import { escapeXml, unescapeXml } from './tiny-s3-xml.js';

/** A part as an answer shows it. */
export interface ShownPart {
  readonly number: number;
  readonly size: number;
  /** With quotes. */
  readonly etag: string;
  readonly crc32?: string | undefined;
  readonly modified: Date;
}

/** A part as a CompleteMultipartUpload names it. */
export interface NamedPart {
  readonly number: number;
  readonly etag: string;
  readonly crc32: string | undefined;
}

const NS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const tag = (name: string, text: string | undefined): string =>
  text === undefined ? '' : `<${name}>${escapeXml(text)}</${name}>`;

/** What a CreateMultipartUpload answers. */
export function begunXml(key: string, uploadId: string): string {
  return `<InitiateMultipartUploadResult ${NS}><Bucket>b</Bucket>${tag('Key', key)}${tag('UploadId', uploadId)}</InitiateMultipartUploadResult>`;
}

/** What an UploadPartCopy answers. */
export function copiedPartXml({ etag, crc32, modified }: ShownPart): string {
  return `<CopyPartResult ${NS}>${tag('ETag', etag)}${tag('LastModified', modified.toISOString())}${tag('ChecksumCRC32', crc32)}</CopyPartResult>`;
}

/** One page of ListParts. @param next Behind which the next one begins, where there is one. */
export function partsXml(
  key: string,
  uploadId: string,
  parts: readonly ShownPart[],
  next: number | undefined,
): string {
  const items = parts.map(
    ({ number, size, etag, crc32, modified }) =>
      `<Part><PartNumber>${number}</PartNumber>${tag('LastModified', modified.toISOString())}${tag('ETag', etag)}<Size>${size}</Size>${tag('ChecksumCRC32', crc32)}</Part>`,
  );
  const marker = next === undefined ? '' : `<NextPartNumberMarker>${next}</NextPartNumberMarker>`;
  return (
    `<ListPartsResult ${NS}><Bucket>b</Bucket>${tag('Key', key)}${tag('UploadId', uploadId)}${marker}` +
    `<IsTruncated>${next !== undefined}</IsTruncated>${items.join('')}</ListPartsResult>`
  );
}

/** What a CompleteMultipartUpload answers. */
export function completedXml(
  key: string,
  etag: string,
  checksum?: { readonly crc32: string; readonly type: string },
): string {
  return (
    `<CompleteMultipartUploadResult ${NS}><Location>http://b/${escapeXml(key)}</Location><Bucket>b</Bucket>${tag('Key', key)}` +
    `${tag('ETag', etag)}${tag('ChecksumCRC32', checksum?.crc32)}${tag('ChecksumType', checksum?.type)}</CompleteMultipartUploadResult>`
  );
}

/** The parts that a CompleteMultipartUpload names. */
export function partsOfComplete(text: string): readonly NamedPart[] {
  const field = (part: string, name: string) => {
    const [, value] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(part) ?? [];
    return value === undefined ? undefined : unescapeXml(value);
  };
  return [...text.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
    number: Number(field(part, 'PartNumber')),
    etag: field(part, 'ETag') ?? '',
    crc32: field(part, 'ChecksumCRC32'),
  }));
}

/** One page of ListMultipartUploads. */
export function uploadsXml(
  uploads: readonly { readonly key: string; readonly uploadId: string; readonly initiated: Date }[],
  { truncated, encoded }: { readonly truncated: boolean; readonly encoded: boolean },
): string {
  const write = (key: string) => (encoded ? encodeURIComponent(key) : escapeXml(key));
  const items = uploads.map(
    ({ key, uploadId, initiated }) =>
      `<Upload><Key>${write(key)}</Key>${tag('UploadId', uploadId)}${tag('Initiated', initiated.toISOString())}</Upload>`,
  );
  const last = truncated ? uploads.at(-1) : undefined;
  return [
    `<ListMultipartUploadsResult ${NS}><Bucket>b</Bucket><IsTruncated>${truncated}</IsTruncated>`,
    encoded ? '<EncodingType>url</EncodingType>' : '',
    last
      ? `<NextKeyMarker>${write(last.key)}</NextKeyMarker>${tag('NextUploadIdMarker', last.uploadId)}`
      : '',
    ...items,
    '</ListMultipartUploadsResult>',
  ].join('');
}
