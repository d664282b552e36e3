import type { StorageEngine } from 'multer';
import type { IncomingPart, UploadSession } from './upload-session.js';

const sessions = new WeakMap<object, UploadSession>();

/** Lets the files of `request` go to `session`. */
export function openSession(request: object, session: UploadSession): void {
  sessions.set(request, session);
}

/** A multer storage engine that streams each file into the session of its request: no temporary file, no buffer. */
export const uploadEngine: StorageEngine = {
  _handleFile(request, file, done) {
    sessionOf(request)
      .store(file as IncomingPart)
      .then(
        (stored) => done(null, stored),
        (error: unknown) => done(error),
      );
  },

  _removeFile(request, file, done) {
    const { key } = file as { readonly key?: string };
    const removed = key === undefined ? Promise.resolve() : sessionOf(request).remove(key);
    void removed.then(() => done(null));
  },
};

function sessionOf(request: object): UploadSession {
  const session = sessions.get(request);
  if (!session) throw new Error('The request has no upload session');
  return session;
}
