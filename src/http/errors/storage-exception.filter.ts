import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { StorageError } from '../../core/error.js';
import { placeOfError } from '../../core/place.js';
import { discardRest } from '../message/discard-rest.js';
import { rawRequest, type HttpRequest } from '../message/http-request.js';
import { rawResponse, type HttpResponse } from '../message/http-response.js';
import { isShutdown, isStorageLimit, problemOf, type Problem } from './problem.js';

/** Headers of an object whose answer was begun: they say nothing of the problem that is sent instead. */
const OF_THE_OBJECT = /^(?:content-(?!security-policy).*|etag|last-modified|accept-ranges)$/;

/**
 * Answers errors as `application/problem+json` (RFC 9457): a StorageError by its code, an HttpException
 * by its status, an error of a middleware by the status that it names, anything else as 500.
 *
 * The answer never tells messages, paths, credentials or absolute keys; what became a 5xx is logged, with the place of the storage,
 * and content that the storage, not a rule of the server, found too large.
 * What still comes of the request is thrown away, within bounds, and then the connection ends.
 * When the response has begun, its connection is destroyed, so that nobody takes what came for the whole.
 * Bind it to a controller with `@UseFilters(StorageExceptionFilter)`; StorageHttpModule's own have it.
 */
@Catch()
export class StorageExceptionFilter implements ExceptionFilter<unknown> {
  private readonly logger = new Logger('StorageHttp');

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    const request = host.switchToHttp().getRequest<HttpRequest>();
    const response = rawResponse(host.switchToHttp().getResponse<HttpResponse>());
    const { problem, headers } = problemOf(error);
    const gone = response.destroyed || response.socket?.destroyed === true;
    const known = StorageError.is(error) ? error : undefined;
    // How many operations a shutdown has ended, the storage has said.
    const isExpected = known?.code === 'ABORTED' && (gone || isShutdown(known));
    if (problem.status >= 500 && !isExpected) {
      const place = known && placeOfError(known);
      const where = place === undefined ? '' : ` [${place}]`;
      const text = `${request.method}: ${error instanceof Error ? error.message : String(error)}${where}`;
      // What a storage cannot do, any client may ask for, and of one that is closed, too: that is no fault whose place has to be found.
      if (known?.code === 'UNSUPPORTED' || known?.reason === 'closed') this.logger.warn(text);
      else this.log(text, error);
    }
    if (isStorageLimit(error)) this.logger.warn(error instanceof Error ? error.message : String(error));
    if (gone) return;
    if (response.headersSent) return void response.destroy();
    discardRest(rawRequest(request), response);
    this.send(response, problem, headers);
  }

  /** The body of an answer, and its type. */
  protected written(problem: Problem): readonly [type: string, body: string] {
    return ['application/problem+json', JSON.stringify(problem)];
  }

  private send(response: ServerResponse, problem: Problem, headers: Readonly<Record<string, string>>): void {
    for (const name of response.getHeaderNames()) if (OF_THE_OBJECT.test(name)) response.removeHeader(name);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.statusCode = problem.status;
    if (problem.status === 304) return void response.end();
    const [type, body] = this.written(problem);
    response.setHeader('Content-Type', type);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Content-Length', Buffer.byteLength(body));
    response.setHeader('Cache-Control', 'no-store');
    response.end(body);
  }

  private log(message: string, error: unknown): void {
    this.logger.error(message, error instanceof Error ? error.stack : undefined);
  }
}
