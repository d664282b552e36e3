import type { ClientRequest, IncomingMessage } from 'node:http';
import { classifyCode } from '../errors.js';
import { S3ResponseError } from '../response-error.js';
import type { Connections } from './connections.js';
import { parseErrorAnswer } from './error-answer.js';
import { readText } from './read-text.js';

/** Bytes of an error's body that are read. */
const MAX_BODY = 64 * 1024;
/** Nobody waits longer for a server that is back. */
const MAX_RETRY_AFTER_MS = 60 * 60_000;
const REGION = /^[a-z0-9-]{1,63}$/;

/** What an answer that is no success says. Its body is read as far as it comes. */
export async function refusalOf(
  response: IncomingMessage,
  connections: Connections,
  host: string,
  attempts: number,
  signal?: AbortSignal,
): Promise<S3ResponseError> {
  const { statusCode: status = 0, headers } = response;
  const text = await readText(response, connections, host, MAX_BODY, signal).catch(() => '');
  // It may have come before the request was sent: then the connection is of no use any more.
  const { req } = response as IncomingMessage & { readonly req: ClientRequest };
  if (!req.writableFinished) req.destroy();
  return refusalFrom(status, headers, text, host, attempts);
}

/** What the status, headers and body of an answer say. */
export function refusalFrom(
  status: number,
  headers: IncomingMessage['headers'],
  text: string,
  host: string,
  attempts: number,
): S3ResponseError {
  const error = parseErrorAnswer(text);
  const region = first(headers['x-amz-bucket-region']) ?? error?.region;
  const serverTime = headers.date === undefined ? error?.serverTime : new Date(headers.date);
  return new S3ResponseError({
    status,
    code: error?.code,
    detail: error?.detail,
    requestId: first(headers['x-amz-request-id']) ?? error?.requestId,
    extendedRequestId: first(headers['x-amz-id-2']),
    host,
    attempts,
    retryAfterMs: retryAfter(headers['retry-after']),
    region: region !== undefined && REGION.test(region) ? region : undefined,
    serverTime: serverTime === undefined || Number.isNaN(serverTime.getTime()) ? undefined : serverTime,
  });
}

/**
 * What an error inside a 200 says: it failed after its headers were sent, so only its code tells what it is. It counts as
 * a 500 where it may go better the next time, else as a 400.
 */
export function refusalWithin(
  code: string | undefined,
  headers: IncomingMessage['headers'],
  text: string,
  host: string,
): S3ResponseError {
  const temporary = ['UNAVAILABLE', 'TIMEOUT', 'THROTTLED', 'UNKNOWN'];
  const status = code === undefined || temporary.includes(classifyCode(code).code) ? 500 : 400;
  return refusalFrom(status, headers, text, host, 1);
}

/** Milliseconds: RFC 9110, 10.2.3. */
function retryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Math.min(MAX_RETRY_AFTER_MS, Number(value) * 1000);
  const ms = new Date(value).getTime() - Date.now();
  return /[a-z]/i.test(value) && ms > 0 ? Math.min(MAX_RETRY_AFTER_MS, ms) : undefined;
}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
