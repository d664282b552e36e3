import { readAnswer } from './xml-answer.js';
import { optionalTime, unquoted } from './xml-values.js';
import { XmlError } from './xml.js';

/**
 * What a CopyObject answers. Ceph RGW tells its progress in between.
 * @throws S3AnsweredError when it failed after all, which S3 says with the status 200:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 * XmlError when it is no such answer, not all of it is there, or it has no ETag: the copy may be there or not.
 */
export function parseCopyAnswer(xml: string): {
  /** Without quotes. */
  readonly etag: string;
  /** Absent where the server does not tell it in a way that can be read. */
  readonly lastModified: Date | undefined;
} {
  return readAnswer(xml, ['CopyObjectResult'], (reader) => {
    let etag = '';
    let lastModified: Date | undefined;
    for (let name = reader.child(); name !== undefined; name = reader.child()) {
      if (name === 'ETag') etag = unquoted(reader.text());
      else if (name === 'LastModified') lastModified = optionalTime(reader.text());
      else reader.skip();
    }
    if (etag === '') throw new XmlError('The answer to a copy has no ETag');
    return { etag, lastModified };
  });
}
