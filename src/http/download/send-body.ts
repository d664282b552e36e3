import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { StorageError } from '../../core/error.js';
import { onClientGone } from './client-gone.js';

/**
 * Sends `body`, which has to have `length` bytes. When it fails or has not, the connection is destroyed:
 * a clean end would pass a part for the whole. When the client goes, the body is destroyed at once.
 * @returns what went wrong with the body; undefined when all is sent, and when the client went.
 */
export function sendBody(
  body: Readable,
  response: ServerResponse,
  length: number,
): Promise<Error | undefined> {
  // Not stream.pipeline: it builds and throws away an AbortError for every body, several per cent of a small answer.
  return new Promise((resolve) => {
    let sent = 0;
    let settled = false;
    const settle = (failure?: Error): void => {
      if (settled) return;
      settled = true;
      release();
      if (failure) response.destroy();
      resolve(failure);
    };
    const wrongLength = (): Error =>
      new StorageError('INTEGRITY', `The object gave ${sent} of ${length} bytes`, { operation: 'get' });
    // Its own errors come with a close, and with no listener they would end the process.
    response.on('error', () => undefined);
    const release = onClientGone(response, () => {
      settle();
      body.destroy();
    });
    body.on('data', (chunk: Uint8Array) => {
      sent += chunk.length;
      // What is too much would be read as the beginning of the next answer.
      if (sent <= length) return;
      settle(wrongLength());
      body.destroy();
    });
    body.once('error', settle);
    body.once('close', () => {
      if (!settled) settle(wrongLength());
    });
    body.once('end', () => {
      if (sent !== length) return settle(wrongLength());
      response.end();
      settle();
    });
    body.pipe(response, { end: false });
  });
}
