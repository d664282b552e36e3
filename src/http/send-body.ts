import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StorageError } from '../core/error.js';

/**
 * Sends `body`, which has to have `length` bytes. When it fails or has not, the connection is destroyed:
 * a clean end would pass a part for the whole. When the client goes, the body is destroyed at once.
 * @returns what went wrong with the body; undefined when all is sent, and when the client went.
 */
export async function sendBody(
  body: Readable,
  response: ServerResponse,
  length: number,
): Promise<Error | undefined> {
  let sent = 0;
  let failure: Error | undefined;
  let clientWent = false;
  body.on('data', (chunk: Uint8Array) => {
    sent += chunk.length;
    // What is too much would be read as the beginning of the next answer.
    if (sent > length) response.destroy();
  });
  body.once('error', (error: Error) => (failure ??= error));
  response.once('close', () => (clientWent = failure === undefined && sent <= length));
  try {
    await pipeline(body, response, { end: false });
    if (sent === length) {
      response.end();
      return undefined;
    }
  } catch (error) {
    if (clientWent) return undefined;
    if (sent <= length) failure ??= error as Error;
  }
  response.destroy();
  return (
    failure ??
    new StorageError('INTEGRITY', `The object gave ${sent} of ${length} bytes`, { operation: 'get' })
  );
}
