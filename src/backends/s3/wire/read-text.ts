import type { IncomingMessage } from 'node:http';
import { readBytes, type Watching } from './read-bytes.js';

/**
 * The whole body of an answer as text, and its connection given back. It has as long as a whole try: S3 sends white space
 * while it copies (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html), so that it is never idle.
 * @param max Bytes; a longer one is an error.
 * @throws S3RequestError `connection`, `timeout` or `protocol`; the StorageError of the signal.
 */
export function readText(
  response: IncomingMessage,
  connections: Watching,
  host: string,
  max: number,
  signal?: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { host, max, signal };
    readBytes(response, connections, options, (bytes) => resolve(bytes.toString()), reject);
  });
}
