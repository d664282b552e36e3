import { isObject } from '../../core/check-shape.js';
import { rawRequest, type HttpRequest } from './http-request.js';
import { refusal } from '../errors/refuse.js';

/**
 * The JSON object that is the body of `request`, as a body parser left it or read here, in at most `maxBytes`.
 * @throws StorageError TYPE_REFUSED unless it says that it is JSON, and that alone, TOO_LARGE, INVALID_ARGUMENT, ABORTED when the client is gone.
 */
export async function readJson(
  request: HttpRequest,
  maxBytes: number,
): Promise<Readonly<Record<string, unknown>>> {
  const { headers, body } = request;
  const coding = headers['content-encoding'];
  // A form of another site may not stand for it: a browser asks before it sends JSON there (CORS).
  if (!/^application\/json\s*(?:;|$)/i.test(headers['content-type']?.trim() ?? ''))
    throw refusal('TYPE_REFUSED', 'Send a body of the type application/json', 'content-type');
  // The parser of Express has unpacked it by then, to more than `maxBytes`.
  if (coding !== undefined && coding.toLowerCase() !== 'identity')
    throw refusal('TYPE_REFUSED', 'Send the body without a Content-Encoding', 'content-encoding');
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const value = body === undefined ? parse(await read(request, maxBytes)) : body;
  if (!isObject(value)) throw refusal('INVALID_ARGUMENT', 'The body is no JSON object', 'body');
  return value;
}

async function read(request: HttpRequest, maxBytes: number): Promise<Buffer> {
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
      if (bytes > maxBytes) return fail(tooLarge(maxBytes));
      chunks.push(chunk);
    };
    const cutOff = (): void => fail(refusal('ABORTED', 'The body ended before it was complete', 'body'));
    raw.on('data', take).once('end', () => resolve(Buffer.concat(chunks)));
    raw.once('error', cutOff).once('close', cutOff);
    // Then none of these events comes any more.
    if (raw.destroyed || raw.readableEnded) cutOff();
  });
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch {
    throw refusal('INVALID_ARGUMENT', 'The body is no JSON', 'body');
  }
}

const tooLarge = (bytes: number) => refusal('TOO_LARGE', `The body has more than ${bytes} bytes`, 'size');
