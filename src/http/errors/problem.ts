import { HttpException } from '@nestjs/common';
import { STATUS_CODES } from 'node:http';
import { StorageError, type StorageErrorCode } from '../../core/error.js';
import { detailOf } from './refuse.js';

/** An answer that says what went wrong, in the members of RFC 9457, 3.1, and `code`. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** A StorageErrorCode, or the status phrase (`FORBIDDEN`) of an error that no storage gave. */
  readonly code: string;
}

/** Status and text of each code. The text tells nothing of how or where objects are kept. */
export const PROBLEMS: Readonly<Record<StorageErrorCode, readonly [status: number, detail: string]>> = {
  NOT_FOUND: [404, 'There is no such object'],
  BUCKET_NOT_FOUND: [502, 'The storage behind this server is not set up'],
  ALREADY_EXISTS: [409, 'There is an object with this key already'],
  PRECONDITION_FAILED: [412, 'The object is not in the state that the request demands'],
  CONFLICT: [409, 'Another request changed the object at the same time'],
  NOT_MODIFIED: [304, 'The object has not changed'],
  RANGE_NOT_SATISFIABLE: [416, 'No byte of the object is in the requested range'],
  PERMISSION_DENIED: [502, 'The storage behind this server refused the request'],
  UNAUTHENTICATED: [502, 'The storage behind this server refused the credentials of the server'],
  INVALID_ARGUMENT: [400, 'The request is not valid'],
  TYPE_REFUSED: [415, 'This type of content is not accepted'],
  CONTENT_REFUSED: [422, 'The content was refused'],
  TOO_LARGE: [413, 'The content is too large'],
  NO_SPACE: [507, 'The storage is full'],
  UNSUPPORTED: [501, 'The storage behind this server cannot do this'],
  INTEGRITY: [500, 'The content is damaged'],
  THROTTLED: [503, 'The storage has too much to do'],
  UNAVAILABLE: [503, 'The storage cannot be reached'],
  TIMEOUT: [504, 'The storage did not answer in time'],
  ABORTED: [400, 'The request ended before its content was complete'],
  OUTCOME_UNKNOWN: [500, 'The request may have been carried out: its outcome is not known'],
  UNKNOWN: [500, 'Something went wrong'],
};

/** The status of what the request itself is to blame for, and not the storage: only what has a detail for the client. */
const REFUSALS: ReadonlyMap<StorageErrorCode, number> = new Map([
  ['PERMISSION_DENIED', 403],
  ['INTEGRITY', 400],
]);

/** Seconds after which a client may try again: RFC 9110, 10.2.3. */
const RETRY_AFTER = '2';

/** What to answer to `error`: the problem and the headers that belong to it. */
export function problemOf(error: unknown): {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
} {
  if (StorageError.is(error)) return { problem: ofStorage(error), headers: headersOf(error) };
  if (error instanceof HttpException) return { problem: ofHttp(error), headers: {} };
  return { problem: ofUnknown(error), headers: {} };
}

function ofStorage(error: StorageError): Problem {
  if (isShutdown(error)) return problem(503, 'The server is shutting down', error.code);
  // RFC 9110, 15.5.9.
  if (error.code === 'TIMEOUT' && error.reason === 'stalled')
    return problem(408, 'The content came too slowly', error.code);
  // A mistake in how the application is set up: its caller has none to mend.
  if (error.code === 'INVALID_ARGUMENT' && error.reason === 'config') return ofUnknown(error);
  const [status, text] = PROBLEMS[error.code] ?? PROBLEMS.UNKNOWN;
  const detail = detailOf(error);
  if (detail !== undefined) return problem(REFUSALS.get(error.code) ?? status, detail, error.code);
  if (isStorageLimit(error))
    return problem(status, 'The content is larger than the storage behind this server takes', error.code);
  return problem(status, invalid(error) ?? text, error.code);
}

function headersOf(error: StorageError): Record<string, string> {
  const { code, reason, retryAfterMs } = error;
  if (code === 'THROTTLED' || code === 'UNAVAILABLE' || isShutdown(error))
    return {
      'Retry-After': retryAfterMs === undefined ? RETRY_AFTER : String(Math.ceil(retryAfterMs / 1000)),
    };
  const size = code === 'RANGE_NOT_SATISFIABLE' ? /^size=(\d+)$/.exec(reason ?? '')?.[1] : undefined;
  return size === undefined ? {} : { 'Content-Range': `bytes */${size}` };
}

/** Whether the storage has a limit that is none of the rules of this server: its operator has to know. */
export const isStorageLimit = (error: unknown): boolean =>
  StorageError.is(error, 'TOO_LARGE') && error.operation !== undefined && detailOf(error) === undefined;

/** Whether the storage ended an operation because the application closes. */
export const isShutdown = ({ code, reason }: StorageError): boolean =>
  code === 'ABORTED' && reason === 'shutdown';

/** What is wrong with an argument, where its name alone says it. */
function invalid({ code, reason }: StorageError): string | undefined {
  if (code !== 'INVALID_ARGUMENT') return undefined;
  if (reason === 'key') return 'The key is not valid';
  if (reason === 'prefix' || reason === 'cursor' || reason === 'limit')
    return `The parameter ${reason} is not valid`;
  return undefined;
}

function ofHttp(error: HttpException): Problem {
  const status = error.getStatus();
  // A guard or a pipe wrote the text of a 4xx for the client; that of a 5xx may tell internals.
  return problem(status, status < 500 ? textOf(error) : PROBLEMS.UNKNOWN[1]);
}

/** Of `new BadRequestException(['a', 'b'])`, as ValidationPipe throws it, every message. */
function textOf(error: HttpException): string {
  const response: unknown = error.getResponse();
  const message =
    typeof response === 'object' && response !== null && 'message' in response ? response.message : response;
  if (Array.isArray(message)) return message.filter((one) => typeof one === 'string').join('; ');
  return typeof message === 'string' ? message : error.message;
}

/** Errors of middleware, such as body-parser's, say by `status` and `expose` what may be told (http-errors). */
function ofUnknown(error: unknown): Problem {
  const { status, expose, message } = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly status?: unknown;
    readonly expose?: unknown;
    readonly message?: unknown;
  };
  if (error instanceof URIError) return problem(400, 'The path is not well encoded');
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return problem(
      status,
      expose === true && typeof message === 'string' ? message : (STATUS_CODES[status] ?? 'Error'),
    );
  }
  return problem(500, PROBLEMS.UNKNOWN[1], 'UNKNOWN');
}

function problem(status: number, detail: string, code?: string): Problem {
  const title = STATUS_CODES[status] ?? 'Error';
  return {
    type: 'about:blank',
    title,
    status,
    detail,
    code: code ?? title.toUpperCase().replace(/[^A-Z]+/g, '_'),
  };
}
