import type { S3Headers } from '../calls.js';
import { checksumOf } from '../digest.js';
import { escapeXml } from './xml-escape.js';

/** https://www.w3.org/TR/xml/#charsets */
const NO_XML = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;

/**
 * The body of a DeleteObjects: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
 *
 * To a quiet one the server names only the keys that failed; to another each key, so that a key which it has
 * forgotten shows.
 * @param keys Of which `isXmlSafe` is true, at most 1,000.
 */
export function deleteRequest(keys: readonly string[], quiet = true): Buffer {
  const objects = keys.map((key) => `<Object><Key>${escapeXml(key)}</Key></Object>`).join('');
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${objects}` +
      `<Quiet>${quiet}</Quiet></Delete>`,
  );
}

/** The header that proves `body`, the one of a DeleteObjects: by MD5 where the server knows no other. */
export function deleteChecksum(body: Uint8Array, md5: boolean): S3Headers {
  const { value } = checksumOf(md5 ? 'md5' : 'crc32', body);
  return { [md5 ? 'content-md5' : 'x-amz-checksum-crc32']: value };
}

/** Whether XML can carry the key: it cannot with most control characters, U+FFFE, U+FFFF and halves of surrogate pairs. */
export function isXmlSafe(key: string): boolean {
  return !NO_XML.test(key);
}
