import type { S3CompletedPart } from '../upload-calls.js';
import { escapeXml } from './xml-escape.js';

/** The body of a CompleteMultipartUpload: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export function completeRequest(parts: readonly S3CompletedPart[]): Buffer {
  const items = parts.map(({ number, etag, crc32, sha256 }) => {
    const sums =
      (crc32 === undefined ? '' : `<ChecksumCRC32>${escapeXml(crc32)}</ChecksumCRC32>`) +
      (sha256 === undefined ? '' : `<ChecksumSHA256>${escapeXml(sha256)}</ChecksumSHA256>`);
    return `<Part>${sums}<ETag>${escapeXml(`"${etag}"`)}</ETag><PartNumber>${number}</PartNumber></Part>`;
  });
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?><CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` +
      `${items.join('')}</CompleteMultipartUpload>`,
  );
}
