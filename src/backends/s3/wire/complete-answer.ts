import type { S3Checksums } from '../upload-calls.js';
import { readAnswer } from './xml-answer.js';
import { readChecksum } from './xml-checksums.js';
import { unquoted } from './xml-values.js';

/**
 * What a CompleteMultipartUpload answers, which may be an error with the status 200, after white space:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 * Ceph RGW tells no ETag.
 * @throws S3AnsweredError when it is an error. XmlError when it is no such answer, or not all of it is there: then the
 * object may be there or not.
 */
export function parseCompleteAnswer(xml: string): {
  /** Without quotes; empty where there is none. */
  readonly etag: string;
  readonly checksums: S3Checksums;
  readonly checksumType?: string | undefined;
} {
  return readAnswer(xml, ['CompleteMultipartUploadResult'], (reader) => {
    let etag = '';
    let checksumType: string | undefined;
    const checksums: Record<string, string> = {};
    for (let name = reader.child(); name !== undefined; name = reader.child()) {
      if (name === 'ETag') etag = unquoted(reader.text());
      else if (name === 'ChecksumType') checksumType = reader.text().trim();
      else if (!readChecksum(reader, name, checksums)) reader.skip();
    }
    return { etag, checksums, ...(checksumType !== undefined && { checksumType }) };
  });
}
