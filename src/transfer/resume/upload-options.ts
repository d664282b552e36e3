import type { OperationOptions, PutOptions } from '../../core/options.js';
import type { ProgressListener } from '../../core/progress.js';
import type { TransferStore } from './transfer-store.js';

/** How an upload is started. */
export interface StartUploadOptions extends PutOptions {
  /** Where the record is kept by which another process can go on. Default: the upload cannot be resumed. */
  readonly resumable?: TransferStore | undefined;
}

/** How an upload goes on. How the object is stored was said when it was started. */
export interface ResumeUploadOptions extends OperationOptions {
  /** Where the record is. */
  readonly resumable: TransferStore;
  /** Begin again when the source has changed, or the backend has the upload no more. Default: false. */
  readonly restart?: boolean | undefined;
  /** Parts at once. Default: 4. */
  readonly concurrency?: number | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/** Where records are. */
export interface UploadRecordOptions extends OperationOptions {
  readonly resumable: TransferStore;
}
