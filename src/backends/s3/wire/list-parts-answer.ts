import type { S3ListedPart, S3PartsAnswer } from '../upload-calls.js';
import { readAnswer } from './xml-answer.js';
import { readChecksum } from './xml-checksums.js';
import type { XmlReader } from './xml-reader.js';
import { boolean, detached, size, unquoted } from './xml-values.js';
import { XmlError } from './xml.js';

/** S3 gives 1,000 (https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html), MinIO as many as an upload has. */
const LIMIT = 10_000;

/**
 * A page of ListParts. Where it says that there is more, and not where, it goes on after its last part.
 * @throws XmlError when it is no such page, not all of it is there, or it cannot be continued although there is more.
 * S3AnsweredError when it is an error.
 */
export function parseListPartsAnswer(xml: string): S3PartsAnswer {
  return readAnswer(xml, ['ListPartsResult', 'ListPartsResponse'], (reader) => {
    const parts: S3ListedPart[] = [];
    let truncated: boolean | undefined;
    let marker: number | undefined;
    for (let name = reader.child(); name !== undefined; name = reader.child()) {
      if (name === 'Part') {
        if (parts.length === LIMIT) throw new XmlError(`The answer has more than ${LIMIT} parts`);
        parts.push(readPart(reader));
      } else if (name === 'IsTruncated') truncated = boolean(reader.text());
      else if (name === 'NextPartNumberMarker') marker = optionalSize(reader.text());
      else reader.skip();
    }
    if (truncated === undefined) throw new XmlError('The answer does not say whether there are more parts');
    if (!truncated) return { parts };
    const next = marker || parts.at(-1)?.number;
    if (!next) throw new XmlError('The answer says that there are more parts, and not where');
    return { parts, next };
  });
}

function readPart(reader: XmlReader): S3ListedPart {
  let number: number | undefined;
  let bytes: number | undefined;
  let etag = '';
  const checksums: Record<string, string> = {};
  for (let name = reader.child(); name !== undefined; name = reader.child()) {
    if (name === 'PartNumber') number = size(reader.text());
    else if (name === 'Size') bytes = size(reader.text());
    else if (name === 'ETag') etag = detached(unquoted(reader.text()));
    else if (!readChecksum(reader, name, checksums)) reader.skip();
  }
  if (!number || bytes === undefined || etag === '')
    throw new XmlError('The answer has a part without a number, a size or an ETag');
  return { number, size: bytes, etag, checksums };
}

/** A marker may be there and empty. */
function optionalSize(text: string): number | undefined {
  return text.trim() === '' ? undefined : size(text);
}
