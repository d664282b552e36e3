import { isObject } from '../../core/check-shape.js';
import type { HttpRequest } from './http-request.js';
import { refusal } from '../errors/refuse.js';
import { bodyTooLarge, readBody } from './read-body.js';

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
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw bodyTooLarge(maxBytes);
  const value = body === undefined ? parse(await readBody(request, maxBytes)) : body;
  if (!isObject(value)) throw refusal('INVALID_ARGUMENT', 'The body is no JSON object', 'body');
  return value;
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch {
    throw refusal('INVALID_ARGUMENT', 'The body is no JSON', 'body');
  }
}
