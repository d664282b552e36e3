export { StorageHttpModule } from './storage-http.module.js';
export { STORAGE_OPERATIONS, type StorageHttpOperation } from './storage-operations.js';
export type {
  ServedStorageOptions,
  StorageHttpExtras,
  StorageHttpHealthOptions,
  StorageHttpOptions,
  StorageHttpPresignOptions,
} from './storage-http.options.js';
export type {
  StorageAccessRequest,
  StorageAuthorize,
  StorageAuthorizer,
  StorageDecision,
} from './storage-authorize.js';
export type { HttpRequest } from './http-request.js';
export type { HttpResponse } from './http-response.js';
export { keyFromRequest, encodeKey } from './key-from-request.js';
export { fileName } from './file-name.js';
export { serveObject } from './serve-object.js';
export type { ServeOptions } from './serve.options.js';
export { StorageExceptionFilter } from './storage-exception.filter.js';
export type { Problem } from './problem.js';
export { storageMulterOptions, type StorageMulterOptions } from './storage-multer-options.js';
export { UploadInterceptor } from './upload.interceptor.js';
export { UploadsInterceptor, type UploadField } from './uploads.interceptor.js';
export { UploadedObject } from './uploaded-object.decorator.js';
export { UploadedObjects } from './uploaded-objects.decorator.js';
export type { FormLimits, UploadOptions, UploadPart, UploadRules } from './upload.options.js';
export type { StoredFile } from './stored-file.js';
export type { UploadedFileAnswer } from './uploaded-file.js';
export type { ListAnswer } from './storage-objects.controller.js';
export type { StorageHttpHealth } from './storage-health.controller.js';
