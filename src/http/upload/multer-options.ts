import type { FileInterceptor } from '@nestjs/platform-express';
import type { HttpRequest } from '../message/http-request.js';
import { openedSession } from './open-sessions.js';
import { uploadEngine } from './upload-engine.js';
import type { UploadSession } from './upload-session.js';
import {
  DEFAULT_FIELD_SIZE,
  DEFAULT_FIELDS,
  DEFAULT_MAX_FILES,
  DEFAULT_MAX_SIZE,
  type UploadRules,
} from './upload.options.js';

/** What multer takes, as Nest passes it on. */
export type MulterOptions = NonNullable<Parameters<typeof FileInterceptor>[1]>;

/** Headers of a part. A form has three at most: RFC 7578, 4.8. */
const HEADER_PAIRS = 20;

/** Every limit is set: multer and busboy leave most of them infinite. */
export function multerOptions(
  { maxSize, maxFiles, form = {} }: Pick<UploadRules, 'maxSize' | 'maxFiles' | 'form'>,
  sessionOf: (request: HttpRequest) => UploadSession = openedSession,
): MulterOptions {
  const files = maxFiles ?? DEFAULT_MAX_FILES;
  const fields = form.fields ?? DEFAULT_FIELDS;
  return {
    storage: uploadEngine(sessionOf),
    // Browsers send names as UTF-8 and say so nowhere: RFC 7578, 5.1.3.
    defParamCharset: 'utf8',
    limits: {
      fileSize: maxSize ?? DEFAULT_MAX_SIZE,
      files,
      fields,
      parts: files + fields,
      fieldSize: form.fieldSize ?? DEFAULT_FIELD_SIZE,
      fieldNameSize: form.fieldNameSize ?? 100,
      fieldNestingDepth: form.fieldNesting ?? 8,
      fieldArrayIndexLimit: 1000,
      headerPairs: HEADER_PAIRS,
    },
  };
}
