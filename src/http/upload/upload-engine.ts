import type { HttpRequest } from '../message/http-request.js';
import type { StoredFile } from './stored-file.js';
import type { IncomingPart, UploadSession } from './upload-session.js';

/** A storage engine as multer calls it: https://github.com/expressjs/multer/blob/main/StorageEngine.md */
export interface UploadEngine {
  _handleFile(
    request: HttpRequest,
    file: IncomingPart,
    done: (error: unknown, stored?: StoredFile) => void,
  ): void;
  _removeFile(request: HttpRequest, file: { readonly key?: string }, done: (error: null) => void): void;
}

/** An engine that streams each file into the session of its request: no temporary file, no buffer. */
export function uploadEngine(sessionOf: (request: HttpRequest) => UploadSession): UploadEngine {
  return {
    _handleFile(request, file, done) {
      sessionOf(request)
        .store(file)
        .then(
          (stored) => done(null, stored),
          (error: unknown) => done(error),
        );
    },

    _removeFile(request, { key }, done) {
      const removed = key === undefined ? Promise.resolve() : sessionOf(request).remove(key);
      void removed.then(() => done(null));
    },
  };
}
