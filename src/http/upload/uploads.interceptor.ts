import type { NestInterceptor, Type } from '@nestjs/common';
import { FileFieldsInterceptor, FilesInterceptor } from '@nestjs/platform-express';
import { checkUploadOptions } from './check-upload-rules.js';
import { uploadMixin } from './upload-mixin.js';
import { DEFAULT_MAX_FILES, type UploadOptions } from './upload.options.js';

/** A field that takes files. */
export interface UploadField {
  readonly name: string;
  /** Files that it takes, at most. Default: as many as the request may have. */
  readonly maxCount?: number | undefined;
}

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
  if (typeof fields === 'string')
    return uploadMixin((multer) => FilesInterceptor(fields, undefined, multer), options);
  const given = fields.map(({ name, maxCount }) => ({ name, ...(maxCount !== undefined && { maxCount }) }));
  const maxFiles =
    options.maxFiles ?? fields.reduce((sum, { maxCount }) => sum + (maxCount ?? DEFAULT_MAX_FILES), 0);
  return uploadMixin((multer) => FileFieldsInterceptor(given, multer), { ...options, maxFiles });
}
