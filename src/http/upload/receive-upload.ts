import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { catchError, defer, from, mergeMap, throwError, type Observable } from 'rxjs';
import type { StorageService } from '../../storage/storage.service.js';
import type { HttpRequest } from '../message/http-request.js';
import { multipartError } from './multipart-error.js';
import { refusal } from '../errors/refuse.js';
import { openSession } from './open-sessions.js';
import type { ResolvedRules } from './resolve-rules.js';
import { UploadSession } from './upload-session.js';
import {
  DEFAULT_FIELD_SIZE,
  DEFAULT_FIELDS,
  DEFAULT_MAX_FILES,
  DEFAULT_MAX_SIZE,
  type UploadOptions,
} from './upload.options.js';

/** RFC 2046, 5.1.1. */
const MAX_BOUNDARY = 70;
/** Bytes of a part around its content, generously: its boundary and its headers, of which busboy reads 16 KiB. */
const PART_BYTES = 20 * 1024;
/** Set by Nest (12, and 11 from 11.2 on) on a request that a pipe refused, so that its handler did not run. */
const REJECTED_BY_PIPES = Symbol.for('nestjs:rejected-by-pipes');

export interface Reception extends Pick<UploadOptions, 'required' | 'removeOnError'> {
  /** Nest's own interceptor, with `multerOptions`. */
  readonly inner: NestInterceptor;
  readonly storage: StorageService;
  readonly rules: ResolvedRules<UploadOptions>;
  /** Who sends, for `onStored`. */
  readonly principal: unknown;
}

/**
 * Stores the files of a request, then calls the handler. What a refused request stored is deleted before
 * the answer goes out: that of a bad form, of a limit, of a client that went, and of a pipe's refusal.
 * A body that stalls is ended by the HTTP server: https://nodejs.org/api/http.html#serverrequesttimeout
 */
export async function receiveUpload(
  { inner, storage, rules, principal, required = true, removeOnError = false }: Reception,
  context: ExecutionContext,
  next: CallHandler,
): Promise<Observable<unknown>> {
  const request = context.switchToHttp().getRequest<HttpRequest & { [REJECTED_BY_PIPES]?: boolean }>();
  assertBoundary(request);
  assertLength(request, rules);
  const session = new UploadSession(request, storage, rules);
  openSession(request, session);
  const handle = (): Observable<unknown> => {
    if (required && session.size === 0)
      throw refusal('INVALID_ARGUMENT', 'The request has no file: send one as multipart/form-data', 'file');
    const handled = defer(() => next.handle()).pipe(
      catchError((error: unknown) => {
        const remove = removeOnError || request[REJECTED_BY_PIPES] === true;
        const removed = remove ? session.abandon() : Promise.resolve();
        return from(removed).pipe(mergeMap(() => throwError(() => error)));
      }),
    );
    return from(session.announce(principal)).pipe(mergeMap(() => handled));
  };
  try {
    return (await inner.intercept(context, { handle })) as Observable<unknown>;
  } catch (error) {
    await session.abandon();
    throw multipartError(error, rules.maxSize ?? DEFAULT_MAX_SIZE);
  }
}

function assertBoundary({ headers }: HttpRequest): void {
  const boundary = /boundary=(?:"([^"]*)"?|([^;\s]*))/i.exec(headers['content-type'] ?? '');
  if ((boundary?.[1] ?? boundary?.[2] ?? '').length > MAX_BOUNDARY)
    throw refusal('INVALID_ARGUMENT', `A boundary has at most ${MAX_BOUNDARY} characters`, 'multipart');
}

/** What says itself that it is too long is refused at once: multer reads a refused body to its end before it answers. */
function assertLength({ headers }: HttpRequest, { maxSize, maxFiles, form = {} }: ResolvedRules): void {
  const size = maxSize ?? DEFAULT_MAX_SIZE;
  const files = maxFiles ?? DEFAULT_MAX_FILES;
  const fields = form.fields ?? DEFAULT_FIELDS;
  const most =
    files * size + fields * (form.fieldSize ?? DEFAULT_FIELD_SIZE) + (files + fields + 1) * PART_BYTES;
  if (Number(headers['content-length'] ?? 0) > most)
    throw refusal('TOO_LARGE', `A file may have at most ${size} bytes`, 'size');
}
