import { StorageError } from '../../core/error.js';
import { isLive } from './lease.js';
import type { ListedTransfer, TransferStore } from './transfer-store.js';
import type { UploadPlace } from './upload-place.js';
import { decodeUploadRecord, type UploadRecord } from './upload-record.js';

/** A record, and what it takes to replace it. */
export interface FoundUpload {
  readonly record: UploadRecord;
  readonly version: string;
}

/** A record that cannot be read. */
export interface DamagedRecord {
  readonly id: string;
  readonly error: StorageError;
}

/** The records of the uploads of one storage, or of a scope of it. */
export class UploadRecords {
  constructor(
    private readonly place: UploadPlace,
    readonly store: TransferStore,
  ) {}

  /** The record `id`, when it is one of this place. @throws StorageError INTEGRITY, UNSUPPORTED for one that is not whole. */
  async get(id: string): Promise<FoundUpload | undefined> {
    const stored = await this.store.get(id);
    return stored && this.here({ id, ...stored });
  }

  /** All of this place. In a scope those that are damaged are left out: nobody knows whose they are. */
  async all(): Promise<{ readonly found: FoundUpload[]; readonly damaged: DamagedRecord[] }> {
    const found: FoundUpload[] = [];
    const damaged: DamagedRecord[] = [];
    for await (const stored of this.stored()) {
      try {
        const one = this.here(stored);
        if (one) found.push(one);
      } catch (error) {
        if (!StorageError.is(error, 'INTEGRITY', 'UNSUPPORTED')) throw error;
        if (this.place.backend.scope === '') damaged.push({ id: stored.id, error });
      }
    }
    return { found, damaged };
  }

  /**
   * The upload with this id or key, free to be taken.
   * @throws StorageError NOT_FOUND, reason `record`; INVALID_ARGUMENT, reason `ambiguous`, when the key has several;
   * CONFLICT, reason `busy`, when somebody works at it; INTEGRITY for a record that is not whole.
   */
  async free(idOrKey: string): Promise<FoundUpload> {
    const one = (isId(idOrKey) && (await this.get(idOrKey))) || (await this.ofKey(idOrKey));
    if (isLive(one.record.lease)) throw busy();
    return one;
  }

  /** The key of a record, as this place has it. */
  keyOf({ key }: UploadRecord): string {
    return key.slice(this.place.backend.scope.length);
  }

  private async ofKey(key: string): Promise<FoundUpload> {
    const { found, damaged } = await this.all();
    const [one, ...others] = found.filter(
      ({ record }) => record.state !== 'stray' && this.keyOf(record) === key,
    );
    if (!one) {
      const unread = damaged.length === 0 ? '' : `; ${damaged.length} records cannot be read`;
      const what = `There is no record of an upload ${JSON.stringify(key)}${unread}`;
      throw new StorageError('NOT_FOUND', what, { reason: 'record', cause: damaged[0]?.error });
    }
    if (others.length === 0) return one;
    const ids = [one, ...others].map(({ record }) => record.id).join(', ');
    throw new StorageError(
      'INVALID_ARGUMENT',
      `There are several uploads of ${JSON.stringify(key)}, name one by its id: ${ids}`,
      { reason: 'ambiguous' },
    );
  }

  private async *stored(): AsyncGenerator<ListedTransfer, void, undefined> {
    const { store } = this;
    if (store.all) {
      yield* store.all();
      return;
    }
    for (const id of await store.list()) {
      const stored = await store.get(id);
      if (stored) yield { id, ...stored };
    }
  }

  private here({ id, bytes, version }: ListedTransfer): FoundUpload | undefined {
    const record = decodeUploadRecord(id, bytes);
    return this.isHere(record) ? { record, version } : undefined;
  }

  private isHere({ storage, key }: UploadRecord): boolean {
    const { place } = this;
    return storage === place.storage && key.startsWith(place.backend.scope) && key !== place.backend.scope;
  }
}

/** Whether it can be the id of an upload: then no key of that name is looked for, unless there is no such upload. */
export function isId(value: string): boolean {
  return /^[0-9a-f]{32}$/.test(value);
}

/** What is said of an upload that somebody works at. */
export function busy(): StorageError {
  return new StorageError('CONFLICT', 'Somebody works at this upload', { reason: 'busy' });
}
