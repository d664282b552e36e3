import type { IncomingMessage } from 'node:http';
import { onAbort } from '../../../core/abort.js';
import { S3RequestError } from '../request-error.js';
import type { Connections } from './connections.js';

/**
 * The whole body of an answer as text, and its connection given back. It has as long as a whole try: S3 sends white space
 * while it copies (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html), so that it is never idle.
 * @param max Bytes; a longer one is an error.
 * @throws S3RequestError `connection`, `timeout` or `protocol`; the StorageError of the signal.
 */
export function readText(
  response: IncomingMessage,
  { watchdog, limits }: Connections,
  host: string,
  max: number,
  signal?: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (error: Error) => {
      watchdog.unwatch(watched);
      release();
      response.destroy();
      reject(error);
    };
    const fail = (
      failure: 'connection' | 'timeout' | 'protocol',
      why: string,
      cause?: unknown,
      limit?: string,
    ) => end(new S3RequestError(failure, `${host}: ${why}`, { sent: true, host, cause, limit }));
    const watched = {
      deadline: 0,
      place: -1,
      expire: () => {
        if (watched.deadline < last)
          fail('timeout', `the answer stopped for ${limits.idleTimeoutMs} ms`, undefined, 'idle');
        else
          fail('timeout', `the answer did not end within ${limits.requestTimeoutMs} ms`, undefined, 'total');
      },
    };
    watchdog.watch(watched, limits.requestTimeoutMs);
    const last = watched.deadline;
    const wait = () => (watched.deadline = Math.min(last, watchdog.in(limits.idleTimeoutMs)));
    wait();
    let release = (): void => undefined;
    release = onAbort(signal, end);
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > max) return fail('protocol', `the answer is longer than ${max} bytes`);
      wait();
      chunks.push(chunk);
    });
    response.on('error', (error) => fail('connection', 'the answer broke off', error));
    response.once('close', () => {
      if (!response.complete) fail('connection', 'the answer broke off');
    });
    response.once('end', () => {
      if (!response.complete) return;
      watchdog.unwatch(watched);
      release();
      const [only] = chunks;
      resolve((chunks.length === 1 && only ? only : Buffer.concat(chunks)).toString());
    });
  });
}
