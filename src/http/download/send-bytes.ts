import type { ServerResponse } from 'node:http';
import { StorageError } from '../../core/error.js';

/**
 * Sends a body that is in memory, which has to have `length` bytes, together with the headers. When it has not, the connection is
 * destroyed, as `sendBody` does it.
 * @returns what is wrong with the body; undefined when it is on its way.
 */
export function sendBytes(bytes: Buffer, response: ServerResponse, length: number): Error | undefined {
  // Its own errors come with a close, and with no listener they would end the process.
  response.on('error', () => undefined);
  if (bytes.length === length) {
    response.end(bytes);
    return undefined;
  }
  response.destroy();
  const what = `The object gave ${bytes.length} of ${length} bytes`;
  return new StorageError('INTEGRITY', what, { operation: 'get' });
}
