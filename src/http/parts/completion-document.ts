import { refusal } from '../errors/refuse.js';
import { bareEtag, type NamedPart } from './named-part.js';

/** One element of the document, with the white space behind it. Text has no `<`, `>` and no `&` but of a reference. */
const NUMBER = /<PartNumber>\s*([0-9]{1,5})\s*<\/PartNumber>\s*/y;
const ETAG = /<ETag>((?:[^<>&]|&(?:quot|apos|amp|lt|gt|#34);){1,256})<\/ETag>\s*/y;
const OPEN = /<Part>\s*/y;
const CLOSE = /<\/Part>\s*/y;
const BEGIN =
  /^\ufeff?(?:<\?xml version=["']1\.[01]["'](?: encoding=["'](?:UTF|utf)-8["'])?\s*\?>)?\s*<CompleteMultipartUpload(?: xmlns="http:\/\/s3\.amazonaws\.com\/doc\/2006-03-01\/")?>\s*/y;
const END = /<\/CompleteMultipartUpload>\s*$/y;

const REFERENCES: Readonly<Record<string, string>> = {
  '&quot;': '"',
  '&#34;': '"',
  '&apos;': "'",
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
};

/**
 * The parts of a CompleteMultipartUpload document (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html).
 * It is this document and no other XML: no comments, no attributes, no document type, so that there is one way to read it.
 * @throws StorageError INVALID_ARGUMENT, reason `body`.
 */
export function readCompletion(text: string): readonly NamedPart[] {
  const parts: NamedPart[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at = pattern.lastIndex;
    return found ?? undefined;
  };
  if (!take(BEGIN)) throw malformed();
  while (take(OPEN)) {
    // Either may stand first.
    const before = take(ETAG);
    const number = take(NUMBER);
    const etag = before ?? take(ETAG);
    if (!number || !etag || !take(CLOSE)) throw malformed();
    const plain = (etag[1] ?? '').replace(/&[^;]+;/g, (reference) => REFERENCES[reference] ?? '');
    parts.push({ number: Number(number[1]), etag: bareEtag(plain) });
  }
  if (!take(END)) throw malformed();
  return parts;
}

const malformed = () =>
  refusal('INVALID_ARGUMENT', 'The body is no CompleteMultipartUpload document', 'body');
