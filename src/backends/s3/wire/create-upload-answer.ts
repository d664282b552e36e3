import { readAnswer } from './xml-answer.js';
import { detached } from './xml-values.js';
import { XmlError } from './xml.js';

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
    if (uploadId === '') throw new XmlError('The answer has no upload id');
    return { uploadId };
  });
}
