import { StorageError } from '../../../core/error.js';
import type { PutOptions } from '../../../core/options.js';
import type { StorageService } from '../../../storage/storage.service.js';
import type { KeptLease, LeasePlace } from './lease-place.js';
import { readLease, writeLease, type LeaseText } from './lease-text.js';

/** One object, made and replaced on conditions only, which whoever has it renews. */
export class LeaseFile implements LeasePlace {
  constructor(
    private readonly storage: StorageService,
    private readonly key: string,
  ) {}

  /** Undefined when somebody else has one. @throws StorageError UNSUPPORTED where the storage knows no such condition; as `put`. */
  async make(text: LeaseText): Promise<KeptLease | undefined> {
    return this.put(text, { ifAbsent: true });
  }

  /** Undefined when it has another version by now. @throws StorageError as `put`. */
  async replace(etag: string, text: LeaseText): Promise<KeptLease | undefined> {
    return this.put(text, { ifMatch: etag });
  }

  /** Undefined when there is none. */
  async read(): Promise<KeptLease | undefined> {
    try {
      const { info, body } = await this.storage.get(this.key);
      const chunks: Buffer[] = [];
      for await (const chunk of body) chunks.push(chunk as Buffer);
      return { ...readLease(Buffer.concat(chunks).toString()), etag: info.etag };
    } catch (error) {
      if (StorageError.is(error, 'NOT_FOUND', 'PRECONDITION_FAILED')) return undefined;
      throw error;
    }
  }

  /** Removes one that is ours. Never fails: one that stays is found out as that of nobody. */
  async remove({ etag, token }: KeptLease): Promise<void> {
    try {
      await this.storage.delete(this.key, { ifMatch: etag });
    } catch (error) {
      // Somebody who waits has written into it, or we its end, with an answer that was lost; or the storage knows no such condition.
      if (!StorageError.is(error, 'PRECONDITION_FAILED', 'UNSUPPORTED')) return;
      const now = await this.read().catch(() => undefined);
      if (now?.token === token && !now.ended) await this.storage.delete(this.key).catch(() => undefined);
    }
  }

  /** Ends what nobody could lock, because the storage knows no conditions. @throws StorageError as `put`. */
  async end(owner: string): Promise<void> {
    await this.put({ owner, token: '', wanted: false, ended: true }, {});
  }

  private async put(
    { owner, token, wanted, ended }: LeaseText,
    condition: Pick<PutOptions, 'ifAbsent' | 'ifMatch'>,
  ): Promise<KeptLease | undefined> {
    const text = { owner, token, wanted, ended };
    try {
      const { etag } = await this.storage.put(this.key, writeLease(text), {
        contentType: 'application/json',
        ...condition,
      });
      return { ...text, etag };
    } catch (error) {
      if (StorageError.is(error, 'ALREADY_EXISTS', 'PRECONDITION_FAILED', 'NOT_FOUND', 'CONFLICT'))
        return undefined;
      throw error;
    }
  }
}
