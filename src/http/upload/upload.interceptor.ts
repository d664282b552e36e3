import type { NestInterceptor, Type } from '@nestjs/common';
import { FileInterceptor } from '@nestjs/platform-express';
import { checkUploadOptions } from './check-upload-rules.js';
import { uploadMixin } from './upload-mixin.js';
import type { UploadOptions } from './upload.options.js';

/**
 * Stores the file of the field `field` before the handler runs: streamed, under a new key, without a
 * temporary file. `@UploadedObject()` gives what was stored. It stands on Nest's FileInterceptor.
 *
 * A request that is refused leaves nothing: TOO_LARGE, TYPE_REFUSED, INVALID_ARGUMENT (no file, a bad form),
 * ABORTED, and whatever a pipe throws. Bind StorageExceptionFilter, so that they become 413, 415 and 400.
 * @throws StorageError INVALID_ARGUMENT (reason `config`) for options that are none.
 */
export function UploadInterceptor(field: string, options: UploadOptions = {}): Type<NestInterceptor> {
  checkUploadOptions('UploadInterceptor', options);
  const one = { ...options, maxFiles: 1 };
  return uploadMixin((multer) => FileInterceptor(field, multer), one);
}
