export type { BackendResources, Body, ErrorClass, StorageBackend } from './core/backend.js';
export { toBody, readChunks, toBytes, type BodyInput } from './core/body.js';
export type { ConsumeOptions } from './core/consume.js';
export { crc32Checksum } from './core/checksum.js';
export { checkRead, checkWrite } from './core/conditions.js';
export { SCOPED, type CapabilityType, type ScopableCapability } from './core/capability.js';
export { StorageError, type StorageErrorCode, type StorageErrorContext } from './core/error.js';
export { FileBody, type FileBodyOptions, type FileState } from './core/file-body.js';
export { assertKey } from './core/key.js';
export { MultipartUploads } from './core/multipart-uploads.js';
export { RunningUploads } from './core/running-uploads.js';
export type {
  BeginUploadOptions,
  BegunUpload,
  CompleteUploadOptions,
  ListPartsOptions,
  ListUploadsOptions,
  PartLimits,
  PartsPage,
  PartStore,
  PendingUpload,
  UploadConditions,
  UploadedPart,
  UploadsPage,
} from './core/part-store.js';
export type { Rereadable } from './core/rereadable.js';
export type { Layer, Operation } from './core/layer.js';
export { withLayers, type LayeredBackend } from './core/layered-backend.js';
export type {
  Checksum,
  ContentHeaders,
  ContentRange,
  DeleteResult,
  ListPage,
  ObjectContent,
  ObjectInfo,
} from './core/object.js';
export type {
  ByteRange,
  CopyOptions,
  DeleteOptions,
  GetOptions,
  HeadOptions,
  ListOptions,
  OperationOptions,
  PutOptions,
} from './core/options.js';
export { pageOf } from './core/page.js';
export { Presigning, type SignPartRequest, type SignRequest, type UrlSigner } from './core/presigning.js';
export { ProgressFeed } from './core/progress-feed.js';
export type { ProgressListener, TransferProgress } from './core/progress.js';
export { TransferMemory } from './core/transfer-memory.js';
export { resolveRange } from './core/range.js';
export type { CheckedPartOptions, CheckedSignOptions } from './core/check-sign-options.js';
export type {
  SignDeleteOptions,
  SignedChecksum,
  SignOptions,
  SignPartOptions,
  SignReadOptions,
  SignUploadOptions,
  SignUrlOptions,
  SignWriteOptions,
} from './core/sign-options.js';
export { SignedRequests, type SignedGrant, type SignedRequest } from './core/signed-requests.js';
export type { SignedUrl, SignMethod } from './core/signed-url.js';
export { signingTime, type SigningTime } from './core/signing-time.js';
export { compareUtf8 } from './core/utf8.js';
export { concurrency } from './layers/concurrency.js';
export { log } from './layers/log.js';
export { metrics, type MetricsSample, type MetricsSink } from './layers/metrics.js';
export { observe, type Outcome } from './layers/observe.js';
export { readOnly } from './layers/read-only.js';
export { timeout } from './layers/timeout.js';
export { LocalBackend, type LocalBackendOptions } from './backends/local/backend.js';
export type { LocalSigningOptions } from './backends/local/signing-options.js';
export type { SweepResult } from './backends/local/sweeper.js';
export type { EtagMode } from './backends/local/staged-file.js';
export { MemoryBackend } from './backends/memory/backend.js';
export { datedKey, type KeyBuilder, type KeyParts } from './storage/key-builder.js';
export type { DeletePrefixResult } from './storage/delete-prefix.js';
export type { PublicUrl } from './storage/public-url.js';
export { StorageService, type StorageServiceOptions } from './storage/storage.service.js';
export {
  DEFAULT_STORAGE,
  getBackendToken,
  getStorageToken,
  InjectStorage,
  STORAGE_BACKEND,
} from './storage/storage.tokens.js';
export { StorageModule } from './storage/storage.module.js';
export type {
  StorageBehaviour,
  StorageConfigOptions,
  StorageModuleExtras,
  StorageModuleOptions,
} from './storage/storage.options.js';
export type {
  DownloadOptions,
  DownloadResult,
  DownloadTarget,
  StartedOver,
} from './transfer/download/download-options.js';
export { createBackend } from './config/create-backend.js';
export { readEnv, type RemoteEnv, type StorageEnv } from './config/env.js';
export { StorageConfig } from './config/storage-config.js';
export { StorageConfigModule } from './config/storage-config.module.js';
export { checkStorage, type StorageCheckOptions, type StorageHealth } from './storage/check-storage.js';
export { DirectoryTransferStore } from './transfer/resume/directory-transfer-store.js';
export type { ListedTransfer, StoredTransfer, TransferStore } from './transfer/resume/transfer-store.js';
export type { SweepUploadsOptions, SweptUpload } from './transfer/resume/sweep-uploads.js';
export type { UploadHandle } from './transfer/resume/upload-handle.js';
export type {
  ResumeUploadOptions,
  StartUploadOptions,
  UploadRecordOptions,
} from './transfer/resume/upload-options.js';
export type { UploadSummary } from './transfer/resume/upload-summary.js';
export type { Uploads } from './transfer/resume/uploads.js';
export type { CopyToOptions, CopyToResult, MoveToOptions } from './transfer/copy/copy-to.options.js';
export type {
  BatchOptions,
  BatchProgress,
  BatchResult,
  CopyItem,
  GetManyOptions,
  GetManyResult,
  PutItem,
} from './transfer/batch/batch.options.js';
