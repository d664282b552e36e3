import type { HttpRequest } from '../message/http-request.js';
import { formBounds, HEADER_PAIRS } from './form/form-bounds.js';
import { uploadEngine } from './upload-engine.js';
import type { UploadSession } from './upload-session.js';
import type { UploadRules } from './upload.options.js';

/** What MulterModule and Nest's own interceptors take. */
export interface StorageMulterOptions {
  readonly storage: object;
  readonly limits: Readonly<Record<string, number>>;
  readonly defParamCharset: string;
}

/** Every limit is set: multer and busboy leave most of them infinite. */
export function multerOptions(
  rules: Pick<UploadRules, 'maxSize' | 'maxFiles' | 'form'>,
  sessionOf: (request: HttpRequest) => UploadSession,
): StorageMulterOptions {
  const { maxSize, maxFiles, fields, parts, fieldSize, fieldNameSize, fieldNesting } = formBounds(rules);
  return {
    storage: uploadEngine(sessionOf),
    // Browsers send names as UTF-8 and say so nowhere: RFC 7578, 5.1.3.
    defParamCharset: 'utf8',
    limits: {
      fileSize: maxSize,
      files: maxFiles,
      fields,
      parts,
      fieldSize,
      fieldNameSize,
      fieldNestingDepth: fieldNesting,
      fieldArrayIndexLimit: 1000,
      headerPairs: HEADER_PAIRS,
    },
  };
}
