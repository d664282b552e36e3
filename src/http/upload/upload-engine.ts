import type { StorageEngine } from 'multer';
import type { HttpRequest } from '../message/http-request.js';
import type { IncomingPart, UploadSession } from './upload-session.js';

/** A multer storage engine that streams each file into the session of its request: no temporary file, no buffer. */
export function uploadEngine(sessionOf: (request: HttpRequest) => UploadSession): StorageEngine {
  return {
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
}
