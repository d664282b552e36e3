import type { IncomingMessage } from 'node:http';
import { S3RequestError } from '../request-error.js';
import type { Connections } from './connections.js';

/**
 * The whole body of an answer as text, and its connection given back.
 * @param max Bytes; a longer one is an error.
 * @throws S3RequestError `connection`, `timeout` or `protocol`.
 */
export function readText(
  response: IncomingMessage,
  { watchdog, limits }: Connections,
  host: string,
  max: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const fail = (failure: 'connection' | 'timeout' | 'protocol', why: string, cause?: unknown) => {
      watchdog.unwatch(watched);
      response.destroy();
      reject(new S3RequestError(failure, `${host}: ${why}`, { sent: true, host, cause }));
    };
    const watched = {
      deadline: 0,
      expire: () => fail('timeout', `the answer stopped for ${limits.idleTimeoutMs} ms`),
    };
    watchdog.watch(watched, limits.idleTimeoutMs);
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > max) return fail('protocol', `the answer is longer than ${max} bytes`);
      watched.deadline = watchdog.in(limits.idleTimeoutMs);
      chunks.push(chunk);
    });
    response.on('error', (error) => fail('connection', 'the answer broke off', error));
    response.once('close', () => {
      if (!response.complete) fail('connection', 'the answer broke off');
    });
    response.once('end', () => {
      if (!response.complete) return;
      watchdog.unwatch(watched);
      const [only] = chunks;
      resolve((chunks.length === 1 && only ? only : Buffer.concat(chunks)).toString());
    });
  });
}
