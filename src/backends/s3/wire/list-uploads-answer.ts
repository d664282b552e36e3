import type { S3ListedUpload, S3UploadsAnswer } from '../upload-calls.js';
import { readAnswer } from './xml-answer.js';
import type { XmlReader } from './xml-reader.js';
import { boolean, detached, time, urlDecoded } from './xml-values.js';
import { XmlError } from './xml.js';

/** S3 gives 1,000 (https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html), MinIO more. */
const LIMIT = 10_000;

/**
 * A page of ListMultipartUploads. Keys are URL-decoded if the answer says that they are encoded.
 * @throws XmlError when it is no such page, not all of it is there, or it cannot be continued although there is more.
 * S3AnsweredError when it is an error.
 */
export function parseListUploadsAnswer(xml: string): S3UploadsAnswer {
  return readAnswer(xml, ['ListMultipartUploadsResult'], (reader) => {
    const found: S3ListedUpload[] = [];
    let [encoded, key, uploadId] = [false, '', ''];
    let truncated: boolean | undefined;
    for (let name = reader.child(); name !== undefined; name = reader.child()) {
      switch (name) {
        case 'Upload':
          if (found.length === LIMIT) throw new XmlError(`The answer has more than ${LIMIT} uploads`);
          found.push(readUpload(reader));
          break;
        case 'IsTruncated':
          truncated = boolean(reader.text());
          break;
        case 'NextKeyMarker':
          key = detached(reader.text());
          break;
        case 'NextUploadIdMarker':
          uploadId = detached(reader.text());
          break;
        case 'EncodingType':
          encoded = reader.text().trim().toLowerCase() === 'url';
          break;
        default:
          reader.skip();
      }
    }
    if (truncated === undefined) throw new XmlError('The answer does not say whether there are more uploads');
    const decoded = encoded ? urlDecoded : (text: string) => text;
    const uploads = found.map((upload) => ({ ...upload, key: decoded(upload.key) }));
    if (!truncated) return { uploads };
    const last = uploads.at(-1);
    if (key === '' && !last) throw new XmlError('The answer says that there are more uploads, and not where');
    return { uploads, next: key === '' && last ? last : { key: decoded(key), uploadId } };
  });
}

function readUpload(reader: XmlReader): S3ListedUpload {
  let key: string | undefined;
  let uploadId = '';
  let initiated: Date | undefined;
  for (let name = reader.child(); name !== undefined; name = reader.child()) {
    if (name === 'Key') key = detached(reader.text());
    else if (name === 'UploadId') uploadId = detached(reader.text().trim());
    else if (name === 'Initiated') initiated = time(reader.text());
    else reader.skip();
  }
  if (!key || uploadId === '' || !initiated)
    throw new XmlError('The answer has an upload without a key, an id or a date');
  return { key, uploadId, initiated };
}
