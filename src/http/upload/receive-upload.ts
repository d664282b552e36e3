import type { CallHandler, ExecutionContext } from '@nestjs/common';
import { catchError, from, mergeMap, throwError, type Observable } from 'rxjs';
import { StorageError } from '../../core/error.js';
import type { StorageService } from '../../storage/storage.service.js';
import { refusal } from '../errors/refuse.js';
import type { ResolvedRules } from './resolve-rules.js';
import { discardRest } from '../message/discard-rest.js';
import { rawRequest, type HttpRequest } from '../message/http-request.js';
import { nodeResponse, type HttpResponse } from '../message/http-response.js';
import type { FileFields } from './form/file-fields.js';
import { receiveForm } from './form/receive-form.js';
import { UploadSession } from './upload-session.js';
import type { UploadOptions } from './upload.options.js';

/** Set by Nest (12, and 11 from 11.2 on) on a request that a pipe refused, so that its handler did not run. */
const REJECTED_BY_PIPES = Symbol.for('nestjs:rejected-by-pipes');

export interface Reception extends Pick<UploadOptions, 'required' | 'removeOnError'> {
  readonly fields: FileFields;
  readonly storage: StorageService;
  readonly rules: ResolvedRules<UploadOptions>;
  /** Who sends, for `onStored`. */
  readonly principal: unknown;
}

type UploadRequest = HttpRequest & { [REJECTED_BY_PIPES]?: boolean };

/**
 * Stores the files of a request, then calls the handler. What a refused request stored is deleted before
 * the answer goes out: that of a bad form, of a limit, of a client that went, and of a pipe's refusal.
 * A body that stalls is ended by the HTTP server: https://nodejs.org/api/http.html#serverrequesttimeout
 */
export async function receiveUpload(
  { fields, storage, rules, principal, required = true, removeOnError = false }: Reception,
  context: ExecutionContext,
  next: CallHandler,
): Promise<Observable<unknown>> {
  const http = context.switchToHttp();
  const request = http.getRequest<UploadRequest>();
  const response = nodeResponse(http.getResponse<HttpResponse>());
  const session = new UploadSession(request, storage, rules);
  // An interceptor of the application may answer while the scanner or the storage has the last file: for a time-out, say.
  const onClosed = (): void => {
    if (response.writableEnded) void session.abandon();
  };
  response.once('close', onClosed);
  try {
    const form = await receiveForm(request, response, { session, rules, files: fields.counts });
    if (required && session.size === 0)
      throw refusal('INVALID_ARGUMENT', 'The request has no file: send one as multipart/form-data', 'file');
    if (session.isAbandoned)
      throw new StorageError('ABORTED', 'The answer was sent before the files were stored', {
        reason: 'answered',
      });
    Object.assign(request, fields.place(form?.files ?? []), form && { body: form.body });
  } catch (error) {
    discardRest(rawRequest(request), response);
    await session.abandon();
    throw error;
  } finally {
    response.off('close', onClosed);
  }
  // It takes back what it refuses, unless that shall stay.
  await session.announce(principal);
  return next.handle().pipe(
    catchError((error: unknown) => {
      const remove = removeOnError || request[REJECTED_BY_PIPES] === true;
      const removed = remove ? session.abandon() : Promise.resolve();
      return from(removed).pipe(mergeMap(() => throwError(() => error)));
    }),
  );
}
