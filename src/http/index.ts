export { StorageHttpModule } from './storage-http.module.js';
export { STORAGE_OPERATIONS, type StorageHttpOperation } from './access/storage-operations.js';
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
  DeclaredFile,
  StorageDecision,
} from './access/storage-authorize.js';
export { withStorageOpenApi, type StorageOpenApiOptions } from './openapi/with-storage-open-api.js';
export type { OpenApiDocument, OpenApiSecurity } from './openapi/open-api-document.js';
export type { HttpRequest } from './message/http-request.js';
export type { HttpResponse } from './message/http-response.js';
export { keyFromRequest, encodeKey } from './message/key-from-request.js';
export { fileName } from './message/file-name.js';
export { serveObject } from './download/serve-object.js';
export type { DeliveryOptions, RedirectOptions, ServeOptions } from './download/serve.options.js';
export { StorageExceptionFilter } from './errors/storage-exception.filter.js';
export type { Problem } from './errors/problem.js';
export { storageMulterOptions } from './upload/storage-multer-options.js';
export type { StorageMulterOptions } from './upload/multer-options.js';
export { UploadInterceptor } from './upload/upload.interceptor.js';
export { UploadsInterceptor } from './upload/uploads.interceptor.js';
export { UploadedObject } from './upload/uploaded-object.decorator.js';
export { UploadedObjects } from './upload/uploaded-objects.decorator.js';
export type {
  FormLimits,
  UploadField,
  UploadOptions,
  UploadPart,
  UploadRules,
} from './upload/upload.options.js';
export type { StoredFile } from './upload/stored-file.js';
export type { OnStored, StoredContext, StoredHandler } from './upload/on-stored.js';
export { STORAGE_STORED_EVENT, type StorageStoredEvent } from './upload/stored-event.js';
export type { FileScanner, ScanFile, ScanOptions, ScanVerdict } from '../scan/file-scanner.js';
export { ClamdScanner } from '../scan/clamd-scanner.js';
export type { ClamdOptions } from '../scan/clamd.options.js';
export { PendingUploads } from './pending/pending-uploads.js';
export type { SweepPendingOptions, SweptPending } from './pending/swept-pending.js';
export type { DirectUpload } from './direct/begin-direct.js';
export type { UploadedFileAnswer } from './upload/uploaded-file.js';
export type { ListAnswer } from './storage-objects.controller.js';
export type { StorageHttpHealth } from './storage-health.controller.js';
