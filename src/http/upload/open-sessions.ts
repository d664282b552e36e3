import type { HttpRequest } from '../message/http-request.js';
import type { UploadSession } from './upload-session.js';

const sessions = new WeakMap<HttpRequest, UploadSession>();

/** Lets the files of `request` go to `session`. */
export function openSession(request: HttpRequest, session: UploadSession): void {
  sessions.set(request, session);
}

/** The session of a request whose interceptor has opened one. */
export function openedSession(request: HttpRequest): UploadSession {
  const session = sessions.get(request);
  if (!session) throw new Error('The request has no upload session');
  return session;
}
