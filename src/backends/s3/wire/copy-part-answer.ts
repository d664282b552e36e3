import type { S3Checksums } from '../upload-calls.js';
import { readAnswer } from './xml-answer.js';
import { readChecksum } from './xml-checksums.js';
import { unquoted } from './xml-values.js';
import { XmlError } from './xml.js';

/**
 * What an UploadPartCopy answers, which may be an error with the status 200, after white space:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
 * @throws S3AnsweredError when it is an error. XmlError when it has no ETag, or not all of it is there.
 */
export function parseCopyPartAnswer(xml: string): {
  /** Without quotes. */
  readonly etag: string;
  readonly checksums: S3Checksums;
} {
  return readAnswer(xml, ['CopyPartResult'], (reader) => {
    let etag = '';
    const checksums: Record<string, string> = {};
    for (let name = reader.child(); name !== undefined; name = reader.child()) {
      if (name === 'ETag') etag = unquoted(reader.text());
      else if (!readChecksum(reader, name, checksums)) reader.skip();
    }
    if (etag === '') throw new XmlError('The answer to the copy of a part has no ETag');
    return { etag, checksums };
  });
}
