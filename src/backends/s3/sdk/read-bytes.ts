import type { Readable } from 'node:stream';
import { types } from 'node:util';
import { S3RequestError } from '../request-error.js';

/**
 * All bytes of a body.
 * @param max Bytes; a longer one is an error.
 * @throws S3RequestError `connection` or `protocol`; the connection's own error is its cause.
 */
export async function readBytes(body: Readable, host: string, max: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > max) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    // The SDK tells by name and code whether it sends the request again.
    const { code = 'ECONNRESET' } = (types.isNativeError(cause) ? cause : {}) as NodeJS.ErrnoException;
    const error = new S3RequestError('connection', `${host}: the answer broke off`, {
      sent: true,
      host,
      cause,
    });
    throw Object.assign(error, { code });
  }
  if (size > max) {
    const message = `${host}: the answer is longer than ${max} bytes`;
    throw new S3RequestError('protocol', message, { sent: true, host });
  }
  return Buffer.concat(chunks, size);
}
