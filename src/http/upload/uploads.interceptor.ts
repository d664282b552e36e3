import type { NestInterceptor, Type } from '@nestjs/common';
import { checkUploadOptions } from './check-upload-rules.js';
import { fileList, maxFilesOf, namedFiles } from './form/file-fields.js';
import { uploadMixin } from './upload-mixin.js';
import type { UploadField, UploadOptions } from './upload.options.js';

/**
 * As UploadInterceptor, for several files: of one field, which `@UploadedObjects()` gives as an array, or
 * of named fields, which it gives as an object of arrays. `maxFiles` holds for the whole request.
 * @throws StorageError INVALID_ARGUMENT (reason `config`) for options that are none.
 */
export function UploadsInterceptor(
  fields: string | readonly UploadField[],
  options: UploadOptions = {},
): Type<NestInterceptor> {
  checkUploadOptions('UploadsInterceptor', options);
  if (typeof fields === 'string') return uploadMixin(fileList(fields), options);
  return uploadMixin(namedFiles(fields), { ...options, maxFiles: options.maxFiles ?? maxFilesOf(fields) });
}
