import { randomUUID } from 'node:crypto';
import { proc } from '../../core/proc.js';
import { identify, newOwnerId } from '../../core/process-identity.js';

/** What the prefix is when nothing else is said. */
const DEFAULT_PENDING_PREFIX = 'pending/';

/**
 * Where a storage keeps what was uploaded and not admitted yet: below a prefix of the whole storage, outside of every scope. No
 * route reads, lists, changes or signs what is there.
 */
export class PendingArea {
  /** What is being admitted by this process, by the ids of the tickets. */
  private readonly busy = new Set<string>();
  /** Whether its copies are not bound to the ETag of their source, as it turned out. */
  copiesUnpinned = false;
  /** Whether it has copies that do not replace, as it turned out. */
  keepsFromReplacing = false;

  /** Whose the locks are that are taken here. */
  readonly owner = newOwnerId(identify(proc));

  /** @param prefix Ends in `/`. */
  constructor(readonly prefix: string = DEFAULT_PENDING_PREFIX) {}

  /** Whether `key` of the whole storage lies here, or all that begins with it does. */
  hides(key: string): boolean {
    return key.startsWith(this.prefix);
  }

  /** Where the content of an upload is sent. @param room Who sees to it: what is below one room another does not sweep. */
  keyOf(room: 'direct' | 'tus', id: string): string {
    return `${this.prefix}${room}/${id}`;
  }

  /** What a sweep of direct uploads looks through. */
  get rooms(): readonly string[] {
    return ['direct', 'held'].map((room) => `${this.prefix}${room}/`);
  }

  /** Locks, and marks of what was confirmed, which have to outlive the tickets. */
  get locks(): string {
    return `${this.prefix}locks/`;
  }

  /** A copy of the content that no client can reach: one for each attempt, so that no other process replaces what was inspected. */
  newHeldKey(id: string): string {
    return `${this.prefix}held/${id}-${randomUUID()}`;
  }

  /** There while a process admits the upload, and after that as a mark that it is done. */
  lockKeyOf(id: string): string {
    return `${this.locks}${id}`;
  }

  /** Does `work` unless this process does it already. @returns undefined then. */
  async once<T>(id: string, work: () => Promise<T>): Promise<T | undefined> {
    if (this.busy.has(id)) return undefined;
    this.busy.add(id);
    try {
      return await work();
    } finally {
      this.busy.delete(id);
    }
  }
}
