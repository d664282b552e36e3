import { type S3ErrorAnswer, readError } from './error-answer.js';
import { XmlReader } from './xml-reader.js';
import { XmlError } from './xml.js';

/**
 * The status was 200 and the body is an error: S3 sends the status of a long request before it is done
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html), and some servers of any.
 */
export class S3AnsweredError extends Error {
  override readonly name = 'S3AnsweredError';

  constructor(readonly answer: S3ErrorAnswer) {
    super(`The answer is an error: ${answer.code ?? answer.detail ?? 'without a code'}`);
  }
}

/**
 * Reads a whole answer whose root has one of these names.
 * @throws S3AnsweredError when it is an error. XmlError when it is another, or not all of it is there.
 */
export function readAnswer<T>(xml: string, roots: readonly string[], read: (reader: XmlReader) => T): T {
  const reader = new XmlReader(xml);
  const root = reader.root();
  if (root === 'Error') {
    const answer = readError(reader);
    reader.end();
    throw new S3AnsweredError(answer);
  }
  if (!roots.includes(root)) throw new XmlError(`The answer is no ${roots.join(' or ')}`);
  const value = read(reader);
  reader.end();
  return value;
}
