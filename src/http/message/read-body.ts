import { refusal } from '../errors/refuse.js';
import { rawRequest, type HttpRequest } from './http-request.js';

/**
 * The body of `request`, which nobody has read.
 * @throws StorageError TOO_LARGE for more than `maxBytes`, ABORTED when the client is gone.
 */
export async function readBody(request: HttpRequest, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    const raw = rawRequest(request);
    const fail = (error: Error): void => {
      raw.off('data', take);
      // What is left of it has to be read, or the client never looks at the answer.
      raw.resume();
      reject(error);
    };
    const take = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > maxBytes) return fail(bodyTooLarge(maxBytes));
      chunks.push(chunk);
    };
    const cutOff = (): void => fail(refusal('ABORTED', 'The body ended before it was complete', 'body'));
    raw.on('data', take).once('end', () => resolve(Buffer.concat(chunks)));
    raw.once('error', cutOff).once('close', cutOff);
    // Then none of these events comes any more.
    if (raw.destroyed || raw.readableEnded) cutOff();
  });
}

/** What is told of a body that is read as a whole. */
export const bodyTooLarge = (bytes: number) =>
  refusal('TOO_LARGE', `The body has more than ${bytes} bytes`, 'size');
