import type { LayeredBackend } from '../../core/layered-backend.js';
import type { MultipartUploads } from '../../core/multipart-uploads.js';
import type { Transfers } from '../transfers.js';

/** What uploads work on. */
export interface UploadPlace extends Transfers {
  /** The name of the storage. */
  readonly storage: string;
  /** Its `scope` is what all keys here begin with in the storage. */
  readonly backend: LayeredBackend;
  /** Within the layers and the scope. @throws StorageError UNSUPPORTED where there is no such thing. */
  readonly parts: () => MultipartUploads;
}
