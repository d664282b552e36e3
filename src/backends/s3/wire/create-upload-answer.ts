import { readAnswer } from './xml-answer.js';
import { detached } from './xml-values.js';
import { XmlError } from './xml.js';

/** Characters: it is in the URL of every request for the upload. Those of AWS have some hundred. */
const MAX_ID = 4096;

/**
 * The id of the upload that a CreateMultipartUpload began:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
 * @throws XmlError when it has none, or not all of it is there. S3AnsweredError when it is an error.
 */
export function parseCreateUploadAnswer(xml: string): { readonly uploadId: string } {
  return readAnswer(xml, ['InitiateMultipartUploadResult'], (reader) => {
    let uploadId = '';
    for (let name = reader.child(); name !== undefined; name = reader.child()) {
      if (name === 'UploadId') uploadId = detached(reader.text().trim());
      else reader.skip();
    }
    if (uploadId === '' || uploadId.length > MAX_ID)
      throw new XmlError('The answer has no upload id, or one that no request could name');
    return { uploadId };
  });
}
