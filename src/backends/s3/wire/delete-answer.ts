import type { S3DeletedKey } from '../calls.js';
import { readAnswer } from './xml-answer.js';
import type { XmlReader } from './xml-reader.js';
import { detached } from './xml-values.js';
import { XmlError } from './xml.js';

/**
 * What a DeleteObjects says of its keys, in the order in which it says it; to a quiet one only those that failed:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
 * @throws XmlError when it is no such answer or not all of it is there. S3AnsweredError when it is an error for all.
 */
export function parseDeleteAnswer(xml: string, limit = 1000): readonly S3DeletedKey[] {
  return readAnswer(xml, ['DeleteResult', 'DeleteObjectsOutput'], (reader) => {
    const keys: S3DeletedKey[] = [];
    for (let name = reader.child(); name !== undefined; name = reader.child()) {
      if (name !== 'Deleted' && name !== 'Error') {
        reader.skip();
        continue;
      }
      if (keys.length === limit)
        throw new XmlError(`The answer has more than the ${limit} keys that were asked for`);
      keys.push(readKey(reader, name === 'Error'));
    }
    return keys;
  });
}

function readKey(reader: XmlReader, failed: boolean): S3DeletedKey {
  let key: string | undefined;
  let code = '';
  let message: string | undefined;
  for (let name = reader.child(); name !== undefined; name = reader.child()) {
    if (name === 'Key') key = detached(reader.text());
    else if (name === 'Code') code = detached(reader.text().trim());
    else if (name === 'Message') message = detached(reader.text().trim().slice(0, 1024));
    else reader.skip();
  }
  if (key === undefined) throw new XmlError('The answer has an entry without a key');
  if (!failed) return { key };
  return { key, code: code || 'InternalError', ...(message ? { message } : {}) };
}
