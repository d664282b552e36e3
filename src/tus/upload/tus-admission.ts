import type { ObjectInfo } from '../../core/object.js';
import type { StorageService } from '../../storage/storage.service.js';
import type { TusFinished, TusRecord, TusTarget } from './tus-record.js';

/** What decides of an upload: whether it may become an object, which one, and who is told. One for each request. */
export interface TusAdmission {
  /** Where the object goes: the storage, or the scope of it that the upload was begun in. */
  readonly storage: StorageService;
  /** Before anything has come of an upload. @throws StorageError TYPE_REFUSED for what can only be refused. */
  expect(record: TusRecord): void;
  /**
   * What the object will be, before anything of it is visible.
   * @param head The first bytes: all of them, or at least as many as any type is told by.
   * @throws StorageError of a refusal, which ends the upload: TYPE_REFUSED, INVALID_ARGUMENT.
   */
  choose(record: TusRecord, head: Uint8Array): Promise<TusTarget>;
  /**
   * Looks again when what was chosen by was not stored, and has come once more: it may be something else.
   * @param head As of `choose`. @throws StorageError TYPE_REFUSED when it is not of the type of `target`, which ends the upload.
   */
  recheck(record: TusRecord, target: TusTarget, head: Uint8Array): Promise<void>;
  /**
   * Looks at the whole, which lies at `pendingKey` of the root storage, moves it to its final key, and tells of it as `stored` does.
   * @throws StorageError of a refusal, which ends the upload: CONTENT_REFUSED, ALREADY_EXISTS; of anything else it stays.
   */
  admit(pendingKey: string, target: TusTarget, record: TusRecord): Promise<TusFinished>;
  /** Told of an object that nobody has to admit. What it throws ends the upload. */
  stored(info: ObjectInfo, target: TusTarget, record: TusRecord): Promise<void>;
}
