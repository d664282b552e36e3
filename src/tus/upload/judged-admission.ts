import { StorageError } from '../../core/error.js';
import type { ObjectInfo } from '../../core/object.js';
import { isRefused } from '../../http/pending/is-refused.js';
import type { StorageService } from '../../storage/storage.service.js';
import type { TusAdmission } from './tus-admission.js';
import type { TusFinished, TusRecord, TusTarget } from './tus-record.js';

/** An admission that knows which of its errors end an upload: what the storage could not do meanwhile does not. */
export class JudgedAdmission implements TusAdmission {
  private readonly refused = new WeakSet<object>();

  constructor(private readonly admission: TusAdmission) {}

  get storage(): StorageService {
    return this.admission.storage;
  }

  hasRefused(error: unknown): boolean {
    return typeof error === 'object' && error !== null && this.refused.has(error);
  }

  expect(record: TusRecord): void {
    this.admission.expect(record);
  }

  choose(record: TusRecord, head: Uint8Array): Promise<TusTarget> {
    return this.judge(() => this.admission.choose(record, head), isFinal);
  }

  recheck(record: TusRecord, target: TusTarget, head: Uint8Array): Promise<void> {
    return this.judge(() => this.admission.recheck(record, target, head), isFinal);
  }

  admit(pendingKey: string, target: TusTarget, record: TusRecord): Promise<TusFinished> {
    return this.judge(() => this.admission.admit(pendingKey, target, record), isFinal);
  }

  stored(info: ObjectInfo, target: TusTarget, record: TusRecord): Promise<void> {
    return this.judge(
      () => this.admission.stored(info, target, record),
      () => true,
    );
  }

  private async judge<T>(work: () => Promise<T>, ends: (error: unknown) => boolean): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (typeof error === 'object' && error !== null && ends(error)) this.refused.add(error);
      throw error;
    }
  }
}

/** What is no StorageError was thrown by the application. */
function isFinal(error: unknown): boolean {
  return !StorageError.is(error) || isRefused(error);
}
