import type { IncomingMessage } from 'node:http';
import type { S3Headers } from '../calls.js';
import { Digest, SMALL_BODY, toldChecksum } from '../digest.js';
import { S3RequestError } from '../request-error.js';
import { readBytes, type Watching } from './read-bytes.js';

/** Whether the content of an answer is read before anybody is given it, so that one which breaks off is asked for again. One that does not say its length is not. */
export function isSmall({ headers }: IncomingMessage): boolean {
  return Number(headers['content-length'] ?? NaN) <= SMALL_BODY;
}

/**
 * Reads a small content to its end, and compares it with the checksum that the server keeps. Its length is right when
 * it ends: Node's parser counts it.
 * @param failed Is called as that of `readBytes`, and with an S3RequestError `checksum`.
 */
export function readSmall(
  response: IncomingMessage,
  connections: Watching,
  host: string,
  signal: AbortSignal | undefined,
  done: (bytes: Buffer) => void,
  failed: (error: Error) => void,
): void {
  const { headers, statusCode } = response;
  // Of a part of an object the checksum of the whole says nothing.
  const told = statusCode === 200 ? toldChecksum(headers as S3Headers) : undefined;
  const compare = (bytes: Buffer) => {
    const digest = told && new Digest(told.algorithm, told.value);
    digest?.update(bytes);
    if (!digest || digest.matches()) return done(bytes);
    const why = `its ${digest.name} is another than the server keeps`;
    failed(new S3RequestError('checksum', `${host}: ${why}`, { sent: true, host }));
  };
  readBytes(response, connections, { host, max: SMALL_BODY, signal }, compare, failed);
}
