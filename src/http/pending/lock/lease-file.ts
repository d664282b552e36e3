import { randomUUID } from 'node:crypto';
import { identify, isAlive, parseOwnerId } from '../../../core/process-identity.js';
import { isObject } from '../../../core/check-shape.js';
import { StorageError } from '../../../core/error.js';
import { proc } from '../../../core/proc.js';
import type { StorageService } from '../../../storage/storage.service.js';

/** Who has a lock, as it stands in the storage. */
export interface LeaseText {
  /** As `newOwnerId` makes it. */
  readonly owner: string;
  /** Of this one lease. */
  readonly token: string;
  /** Whether somebody waits for it. */
  readonly wanted: boolean;
}

/** A lease and the version that it has. */
export interface KeptLease extends LeaseText {
  readonly etag: string;
}

/** One object, made and replaced on conditions only, which whoever has it renews. */
export class LeaseFile {
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
      return { ...parse(Buffer.concat(chunks).toString()), etag: info.etag };
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
      // Somebody who waits has written into it; or the storage knows no such condition.
      if (!StorageError.is(error, 'PRECONDITION_FAILED', 'UNSUPPORTED')) return;
      const now = await this.read().catch(() => undefined);
      if (now?.token === token) await this.storage.delete(this.key).catch(() => undefined);
    }
  }

  private async put(
    text: LeaseText,
    condition: { readonly ifAbsent: true } | { readonly ifMatch: string },
  ): Promise<KeptLease | undefined> {
    const { owner, token, wanted } = text;
    // Where the ETag is made of the content, a renewal has to change that: by the ETag alone others see that it is renewed.
    const body = JSON.stringify({ owner, token, wanted, version: randomUUID() });
    try {
      const { etag } = await this.storage.put(this.key, body, {
        contentType: 'application/json',
        ...condition,
      });
      return { owner, token, wanted, etag };
    } catch (error) {
      if (StorageError.is(error, 'ALREADY_EXISTS', 'PRECONDITION_FAILED', 'NOT_FOUND', 'CONFLICT'))
        return undefined;
      throw error;
    }
  }
}

/** Whether the process that has it is known to have ended: of another host or container nobody knows. */
export function isOfDead({ owner }: LeaseText): boolean {
  const other = parseOwnerId(owner);
  return other !== undefined && isAlive(proc, other, identify(proc)) === false;
}

/** One that cannot be read is that of nobody who could be looked for. */
function parse(text: string): LeaseText {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const { owner, token, wanted } = isObject(value) ? value : {};
  return { owner: String(owner), token: String(token), wanted: wanted === true };
}
