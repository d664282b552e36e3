import { Logger } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { discard } from '../../core/body.js';
import { BytesBody } from '../../core/bytes-body.js';
import { StorageError } from '../../core/error.js';
import type { ObjectContent, ObjectInfo } from '../../core/object.js';
import type { ByteRange } from '../../core/options.js';
import type { StorageService } from '../../storage/storage.service.js';
import { Presigning } from '../../core/presigning.js';
import { deliveryProblem } from './check-delivery.js';
import { isWeak } from './entity-tag.js';
import { parseByteRange } from './byte-range.js';
import { isClientGone, onClientGone, turnOf } from './client-gone.js';
import { evaluateConditions, isConditional, rangeStillMeant } from './conditions.js';
import type { HttpRequest } from '../message/http-request.js';
import { rawResponse, type HttpResponse } from '../message/http-response.js';
import { objectHeaders, validatorHeaders } from './object-headers.js';
import { sendBody } from './send-body.js';
import { sendBytes } from './send-bytes.js';
import { signedLocation } from './signed-location.js';
import { limitStall, STALL_TIMEOUT_MS } from './stall-limit.js';
import type { ServeOptions } from './serve.options.js';

const POLICY = 'Content-Security-Policy';
/** How often a writer may replace the object between the decision and the reading. */
const ATTEMPTS = 3;
const logger = new Logger('StorageHttp');

/**
 * Answers GET and HEAD with an object: 200, 206 for one range, 304, and with `redirect` 303. Conditions and range
 * are decided against the very object that is sent, in the order of RFC 9110, 13.2.2. Several ranges get the whole
 * object (14.2). When the client goes, the body is destroyed; when the body fails, so is the connection.
 *
 * @param response Express's, Fastify's reply or Node's own: nothing else may write to it.
 * @throws StorageError NOT_FOUND, PRECONDITION_FAILED, RANGE_NOT_SATISFIABLE and what `get` and `head` throw,
 * while nothing is sent yet; UNAVAILABLE when the object is replaced again and again; INVALID_ARGUMENT, reason
 * `config`, for `redirect` or `stallTimeoutMs`; with `redirect` UNSUPPORTED where the storage signs no URLs.
 */
export async function serveObject(
  request: HttpRequest,
  response: HttpResponse,
  storage: StorageService,
  key: string,
  options: ServeOptions = {},
): Promise<void> {
  const problem = deliveryProblem(options);
  if (problem !== undefined)
    throw new StorageError('INVALID_ARGUMENT', `serveObject: ${problem}`, { reason: 'config' });
  const raw = rawResponse(response);
  await turnOf(raw);
  if (isClientGone(raw)) return;
  const gone = new AbortController();
  // A connection also closes after all is sent, when there is nothing left to abort.
  const release = onClientGone(raw, () => raw.writableFinished || gone.abort());
  try {
    const answer = new Answer(request, raw, storage, key, options, gone.signal);
    await answer.send();
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  } finally {
    release();
  }
}

class Answer {
  constructor(
    private readonly request: HttpRequest,
    private readonly response: ServerResponse,
    private readonly storage: StorageService,
    private readonly key: string,
    private readonly options: ServeOptions,
    private readonly signal: AbortSignal,
  ) {}

  async send(): Promise<void> {
    const { headers, method } = this.request;
    if (method === 'HEAD') return this.sendHead();
    if (this.options.redirect) return this.sendElsewhere();
    // An If-Range has a meaning only beside a Range: RFC 9110, 13.1.5.
    const asksFirst =
      isConditional(headers) || (headers.range !== undefined && headers['if-range'] !== undefined);
    if (!asksFirst) return this.sendContent(await this.read(headers.range));
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const info = await this.storage.head(this.key, { signal: this.signal });
      if (!this.decide(info)) return;
      try {
        const range = rangeStillMeant(single(headers['if-range']), info) ? headers.range : undefined;
        return await this.sendContent(await this.read(range, info.etag));
      } catch (error) {
        if (!StorageError.is(error, 'PRECONDITION_FAILED')) throw error;
      }
    }
    throw new StorageError('UNAVAILABLE', `${this.key} was replaced ${ATTEMPTS} times while it was served`);
  }

  /** To where the storage itself gives the object. A range is left to it: 416, too. */
  private async sendElsewhere(): Promise<void> {
    const { storage, key, signal } = this;
    storage.as(Presigning);
    const info = await storage.head(key, { signal });
    if (!this.decide(info)) return;
    const location = await signedLocation(storage, key, info, this.options, signal);
    // Whoever asks again is to be authorized again, and a URL that anyone may use is to lie in no cache.
    const headers = { Location: location, 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' };
    this.begin(303, headers, 0);
    this.response.end();
  }

  private async sendHead(): Promise<void> {
    const info = await this.storage.head(this.key, { signal: this.signal });
    if (!this.decide(info)) return;
    this.begin(200, objectHeaders(this.key, info, this.options), info.size);
    this.response.end();
  }

  /** False when the conditions have been answered. @throws StorageError PRECONDITION_FAILED. */
  private decide(info: ObjectInfo): boolean {
    const verdict = evaluateConditions(this.request.method, this.request.headers, info);
    if (verdict === 'proceed') return true;
    if (verdict === 'failed')
      throw new StorageError('PRECONDITION_FAILED', 'A condition of the request fails');
    this.begin(304, validatorHeaders(info, this.options));
    this.response.end();
    return false;
  }

  private async read(header: string | undefined, ifMatch?: string): Promise<ObjectContent> {
    const range = parseByteRange(header);
    const { signal } = this;
    try {
      // No server compares a weak one: RFC 9110, 13.1.1.
      if (ifMatch !== undefined && isWeak(ifMatch)) return await this.readSame(range, ifMatch);
      return await this.storage.get(this.key, { range, ifMatch, signal });
    } catch (error) {
      if (!StorageError.is(error, 'RANGE_NOT_SATISFIABLE')) throw error;
      const { size } = await this.storage.head(this.key, { signal });
      // All of an empty object is its last bytes, and a 206 cannot say so: RFC 9110, 14.1.2 and 14.4.
      if (size === 0 && range?.suffix) return this.storage.get(this.key, { ifMatch, signal });
      throw new StorageError(error.code, error.message, {
        reason: `size=${size}`,
        operation: 'get',
        cause: error,
      });
    }
  }

  private async readSame(range: ByteRange | undefined, etag: string): Promise<ObjectContent> {
    const content = await this.storage.get(this.key, { range, signal: this.signal });
    if (content.info.etag === etag) return content;
    discard(content.body);
    throw new StorageError('PRECONDITION_FAILED', 'The object was replaced meanwhile', { operation: 'get' });
  }

  private async sendContent({ info, body, range }: ObjectContent): Promise<void> {
    if (isClientGone(this.response)) return discard(body);
    const length = range ? range.end - range.start + 1 : info.size;
    try {
      const headers = objectHeaders(this.key, info, this.options);
      if (range) {
        headers['Content-Range'] = `bytes ${range.start}-${range.end}/${info.size}`;
        headers['Cache-Control'] = withoutTransform(headers['Cache-Control']);
      }
      this.begin(range ? 206 : 200, headers, length);
    } catch (error) {
      // What others stored may have headers that cannot be sent.
      discard(body);
      throw error;
    }
    const failure = await this.sendBody(body, length);
    if (failure === undefined) return;
    logger.error(`The body of an object failed while it was sent: ${failure.message}`);
  }

  private sendBody(body: Readable, length: number): Error | undefined | Promise<Error | undefined> {
    const { response } = this;
    const stallMs = this.options.stallTimeoutMs ?? STALL_TIMEOUT_MS;
    const bytes = body instanceof BytesBody ? body.takeBytes() : undefined;
    if (bytes === undefined) {
      limitStall(response, stallMs);
      return sendBody(body, response, length);
    }
    const failure = sendBytes(bytes, response, length);
    // What the kernel has taken waits for no client. A middleware that compresses has not even begun.
    if (!response.writableEnded || response.socket?.writableLength !== 0) limitStall(response, stallMs);
    return failure;
  }

  private begin(status: number, headers: Readonly<Record<string, string>>, length?: number): void {
    this.response.statusCode = status;
    for (const name in headers) {
      // Each policy holds by itself: https://www.w3.org/TR/CSP3/#multiple-policies
      if (name === POLICY && this.response.hasHeader(name))
        this.response.appendHeader(name, headers[name] ?? '');
      else this.response.setHeader(name, headers[name] ?? '');
    }
    if (length !== undefined) this.response.setHeader('Content-Length', length);
  }
}

/** A middleware that compresses would change the bytes, and not the Content-Range: RFC 9110, 7.7. */
function withoutTransform(cacheControl = ''): string {
  if (/\bno-transform\b/i.test(cacheControl)) return cacheControl;
  return [cacheControl, 'no-transform'].filter((part) => part !== '').join(', ');
}

function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'object' ? value[0] : value;
}
