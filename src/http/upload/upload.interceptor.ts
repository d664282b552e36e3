import type { NestInterceptor, Type } from '@nestjs/common';
import { checkUploadOptions } from './check-upload-rules.js';
import { oneFile } from './form/file-fields.js';
import { uploadMixin } from './upload-mixin.js';
import type { UploadOptions } from './upload.options.js';

/**
 * Stores the file of the field `field` before the handler runs: streamed, under a new key, without a
 * temporary file, on Express and Fastify. `@UploadedObject()` gives what was stored, `@Body()` the other fields.
 *
 * A request that is refused leaves nothing: TOO_LARGE, TYPE_REFUSED, INVALID_ARGUMENT (no file, a bad form),
 * ABORTED, and whatever a pipe throws. Bind StorageExceptionFilter, so that they become 413, 415 and 400.
 * @throws StorageError INVALID_ARGUMENT (reason `config`) for options that are none.
 */
export function UploadInterceptor(field: string, options: UploadOptions = {}): Type<NestInterceptor> {
  checkUploadOptions('UploadInterceptor', options);
  return uploadMixin(oneFile(field), { ...options, maxFiles: 1 });
}
