import type { StorageService } from '../../storage/storage.service.js';
import { checkUploadRules, UPLOAD_RULES } from './check-upload-rules.js';
import type { HttpRequest } from '../message/http-request.js';
import { multerOptions, type StorageMulterOptions } from './multer-options.js';
import { UploadSession } from './upload-session.js';
import { httpError } from '../errors/http-error.js';
import { isScanner } from './resolve-rules.js';
import type { UploadRules } from './upload.options.js';

/**
 * Options by which Nest's own `FileInterceptor` family streams files into `storage`, for `MulterModule.registerAsync`.
 * The file that a handler gets is a StoredFile. `UploadInterceptor` does more: it maps the errors of a form, refuses
 * a request without a file, takes back what a refused request has stored before the answer goes out, and knows `onStored`.
 * @throws StorageError INVALID_ARGUMENT for rules that are none.
 */
export function storageMulterOptions(
  storage: StorageService,
  rules: Omit<UploadRules, 'onStored' | 'keepOnError'> = {},
): StorageMulterOptions {
  const known = UPLOAD_RULES.filter((rule) => rule !== 'onStored' && rule !== 'keepOnError');
  checkUploadRules('storageMulterOptions', rules, known);
  const { scanner } = rules;
  if (scanner !== undefined && !isScanner(scanner))
    throw httpError(
      'scanner of storageMulterOptions is a class, which is not looked for here: pass a FileScanner',
    );
  const sessions = new WeakMap<HttpRequest, UploadSession>();
  const sessionOf = (request: HttpRequest): UploadSession => {
    const session = sessions.get(request) ?? new UploadSession(request, storage, { ...rules, scanner });
    sessions.set(request, session);
    return session;
  };
  return multerOptions(rules, sessionOf);
}
