import { Logger } from '@nestjs/common';
import { StorageError } from '../../core/error.js';
import { LeaseFile } from '../../http/pending/lock/lease-file.js';
import type { StorageService } from '../../storage/storage.service.js';
import type { TusLock, TusLocker } from '../tus.options.js';
import { LeaseLocker, type HeldLease, type Leasing } from './lease-locker.js';
import type { LeaseTimesOptions } from './lease-times.js';

/** Where the storage knows no conditions, nothing is kept in it. */
const NONE: HeldLease = { release: () => Promise.resolve() };

/**
 * Locks that are objects of the storage, written on conditions. Where the storage knows no conditions, one request at a time within
 * the process alone.
 */
export class StorageLocker implements TusLocker {
  private readonly locks: LeaseLocker;
  private hasConditions = true;

  /** @param root The prefix of the folders of uploads, with a slash at its end. */
  constructor(
    private readonly storage: StorageService,
    private readonly root: string,
    times?: LeaseTimesOptions,
  ) {
    this.locks = new LeaseLocker((id, take) => this.lease(id, take), times);
  }

  newLock(id: string): TusLock {
    return this.locks.newLock(id);
  }

  private async lease(id: string, take: Parameters<Leasing>[1]): Promise<HeldLease | undefined> {
    if (!this.hasConditions) return NONE;
    try {
      return await take(new LeaseFile(this.storage, `${this.root}${id}/lock`));
    } catch (error) {
      if (!StorageError.is(error, 'UNSUPPORTED')) throw error;
      this.hasConditions = false;
      new Logger('StorageTus').warn(
        `The storage "${this.storage.name}" knows no conditional writes: uploads are locked within this process alone, ` +
          'so send all requests of an upload to one instance, or pass a locker, such as RedisLocker',
      );
      return NONE;
    }
  }
}
