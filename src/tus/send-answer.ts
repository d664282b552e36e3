import { HttpException } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { StorageError } from '../core/error.js';
import { refusal } from '../http/errors/refuse.js';
import { discardRest } from '../http/message/discard-rest.js';
import { rawPath, rawRequest } from '../http/message/http-request.js';
import { encodeKey } from '../http/message/key-from-request.js';
import type { TusExchange } from '../http/tus/tus-handling.js';
import { isAborted } from './is-aborted.js';
import type { StorageTusStore } from './storage-tus-store.js';

/** What the answers of the tus server say of CORS: that is the application's own affair. */
const CORS = /^access-control-/;

/**
 * Sends what the tus server answers, and where the object is.
 * @param failure Why it is an error. @throws what is to be answered as one, when the headers of tus are in the response.
 */
export async function sendAnswer(
  exchange: TusExchange,
  answer: Response,
  { finished }: StorageTusStore,
  failure: unknown,
): Promise<void> {
  const { request, response, baseUrl = '' } = exchange;
  answer.headers.forEach((value, name) => {
    if (!CORS.test(name) && !/^(?:content-|connection$)/.test(name)) response.setHeader(name, value);
  });
  response.setHeader('Tus-Version', '1.0.0');
  response.setHeader('Cache-Control', 'no-store');
  if (answer.status >= 400) throw refusalOf(answer.status, failure, await answer.text());
  if (finished) {
    // A storage may be named tus, too.
    const route = exchange.id === undefined ? /\/tus\/?$/i : /\/tus\/[^/]*\/?$/i;
    const path = rawPath(request).replace(route, '');
    response.setHeader('Stowage-Key', encodeKey(finished.key));
    response.setHeader(
      'Stowage-Location',
      `${baseUrl.replace(/\/+$/, '')}${path}/objects/${encodeKey(finished.key)}`,
    );
  }
  end(exchange, response, answer.status);
}

function end({ request }: TusExchange, response: ServerResponse, status: number): void {
  if (response.destroyed) return;
  discardRest(rawRequest(request), response);
  response.statusCode = status;
  if (status !== 204) response.setHeader('Content-Length', 0);
  response.end();
}

/** What the server has thrown is a status and a text; anything else was thrown by us, or by the application. */
function refusalOf(status: number, failure: unknown, text: string): unknown {
  const { status_code: code } = (failure ?? {}) as { readonly status_code?: unknown };
  if (failure !== undefined && typeof code !== 'number') {
    // 409 means to tus clients that they have another offset, and they would begin anew.
    if (StorageError.is(failure, 'ALREADY_EXISTS')) return new HttpException('The key is taken', 422);
    if (StorageError.is(failure, 'CONFLICT'))
      return new HttpException('Another request works at this upload', 423);
    return failure;
  }
  if (isAborted({ body: text })) return new HttpException('Another request has taken over the upload', 423);
  if (code === 413 || status === 413) return refusal('TOO_LARGE', text.trim(), 'size');
  return new HttpException(
    text.trim() || 'The request is not valid',
    typeof code === 'number' ? code : status,
  );
}
