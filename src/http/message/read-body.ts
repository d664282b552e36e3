import { refusal } from '../errors/refuse.js';
import { rawRequest, type HttpRequest } from './http-request.js';

/** Bytes that are made room for at once, at least. */
const LEAST = 4 * 1024;

/**
 * The body of `request`, which nobody has read. Chunks are copied when they come: a buffer for each takes hundreds of bytes for one.
 * @throws StorageError TOO_LARGE for more than `maxBytes`, ABORTED when the client is gone.
 */
export async function readBody(request: HttpRequest, maxBytes: number): Promise<Buffer> {
  let [body, bytes] = [Buffer.alloc(0), 0];
  return new Promise((resolve, reject) => {
    const raw = rawRequest(request);
    const fail = (error: Error): void => {
      raw.off('data', take);
      // What is left of it has to be read, or the client never looks at the answer.
      raw.resume();
      reject(error);
    };
    const take = (chunk: Buffer): void => {
      const end = bytes + chunk.length;
      if (end > maxBytes) return fail(bodyTooLarge(maxBytes));
      if (end > body.length) {
        const larger = Buffer.allocUnsafeSlow(Math.min(maxBytes, Math.max(LEAST, 2 * end)));
        larger.set(body.subarray(0, bytes));
        body = larger;
      }
      body.set(chunk, bytes);
      bytes = end;
    };
    const cutOff = (): void => fail(refusal('ABORTED', 'The body ended before it was complete', 'body'));
    raw.on('data', take).once('end', () => resolve(body.subarray(0, bytes)));
    raw.once('error', cutOff).once('close', cutOff);
    // Then none of these events comes any more.
    if (raw.destroyed || raw.readableEnded) cutOff();
  });
}

/** What is told of a body that is read as a whole. */
export const bodyTooLarge = (bytes: number) =>
  refusal('TOO_LARGE', `The body has more than ${bytes} bytes`, 'size');
