import { MultipartUploads } from '../../core/multipart-uploads.js';
import type { TransferMemory } from '../../core/transfer-memory.js';
import type { StorageService } from '../../storage/storage.service.js';
import { partSizeFor } from '../../transfer/upload/part-size.js';
import { TusFolder, type KeptRecord } from './tus-folder.js';
import type { TusRecord } from './tus-record.js';
import type { TusParts } from './tus-tools.js';

/** Parts of one upload in memory at once: one is filled while another one is on its way. */
const PARTS_AT_ONCE = 4;
/** An id as `randomUUID` gives it, without its dashes. */
const ID = /^[0-9a-f]{32}$/;

/** The tus uploads of one storage: where they are kept, and how they end. */
export class TusUploads {
  /** @param root The prefix of their folders, with a slash at its end. */
  constructor(
    readonly storage: StorageService,
    readonly root: string,
    readonly expiresAfterMs: number,
  ) {}

  get memory(): TransferMemory {
    return this.storage.transferMemory;
  }

  /** Undefined for what is no id. */
  folder(id: string): TusFolder | undefined {
    return ID.test(id) ? new TusFolder(this.storage, this.root, id) : undefined;
  }

  /** The storage, or the scope of it, that an upload was begun in. */
  storageOf({ scope }: Pick<TusRecord, 'scope'>): StorageService {
    return scope === '' ? this.storage : this.storage.scoped(scope);
  }

  partsOf(record: TusRecord): TusParts {
    const { target, id } = record;
    if (target && !target.pending)
      return { key: target.key, uploads: this.storageOf(record).as(MultipartUploads) };
    const folder = new TusFolder(this.storage, this.root, id);
    return { key: folder.objectKey, uploads: this.storage.as(MultipartUploads) };
  }

  /**
   * Bytes of the parts of an upload. All have one size, because some servers take no others.
   * @param size Of the whole, or the most that it may become.
   * @throws StorageError TOO_LARGE.
   */
  partSize(size: number | undefined): number {
    const { limits } = this.storage.as(MultipartUploads);
    return partSizeFor(size, limits, { budget: this.memory.budget, concurrency: PARTS_AT_ONCE });
  }

  isExpired({ createdMs }: TusRecord): boolean {
    return Date.now() > createdMs + this.expiresAfterMs;
  }

  /** Removes an upload and all that is kept of it; an object that has its final key stays. @throws StorageError of the storage. */
  async remove({ record }: KeptRecord): Promise<void> {
    if (record.target && !record.finished) await this.abort(record);
    await new TusFolder(this.storage, this.root, record.id).remove();
  }

  private async abort(record: TusRecord): Promise<void> {
    const { key, uploads } = this.partsOf(record);
    if (record.uploadId !== undefined) {
      await uploads.abort(key, record.uploadId);
      uploads.running.end(record.uploadId);
      return;
    }
    await abortStray({ key, uploads });
  }
}

/**
 * Ends what was begun of `key` by a process that died before it could write down the id. Nobody else has this key, and what is
 * asked for is one key, because MinIO lists the uploads of no other prefix.
 */
export async function abortStray({ key, uploads }: TusParts): Promise<void> {
  let cursor: string | undefined;
  do {
    const page = await uploads.list({ prefix: key, cursor });
    for (const one of page.uploads) if (one.key === key) await uploads.abort(key, one.uploadId);
    cursor = page.cursor;
  } while (cursor !== undefined);
}
