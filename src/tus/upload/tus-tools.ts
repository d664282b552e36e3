import type { MultipartUploads } from '../../core/multipart-uploads.js';
import type { TransferMemory } from '../../core/transfer-memory.js';
import type { StorageService } from '../../storage/storage.service.js';
import type { TusAdmission } from './tus-admission.js';
import type { KeptRecord, TusFolder } from './tus-folder.js';
import type { TusRecord } from './tus-record.js';

/** Where the parts of an upload are. */
export interface TusParts {
  readonly key: string;
  readonly uploads: MultipartUploads;
}

/** What one request works at an upload with. */
export interface TusTools {
  /** The storage that the folder is in. */
  readonly root: StorageService;
  readonly folder: TusFolder;
  readonly admission: TusAdmission;
  readonly memory: TransferMemory;
  /** They make the object itself, or one that has to be admitted: the target of `record` says which. */
  readonly partsOf: (record: TusRecord) => TusParts;
  /** Told of each new version of the record. */
  readonly keep: (kept: KeptRecord) => void;
}
