import { randomUUID } from 'node:crypto';
import { throwIfAborted } from '../../core/abort.js';
import { StorageError } from '../../core/error.js';
import type { S3Calls } from './calls.js';
import type { ProviderProfile, S3ConditionName } from './profile.js';
import { proveCondition } from './prove-condition.js';
import { unlessAborted } from '../../core/unless-aborted.js';

const WORDS: Readonly<Record<S3ConditionName, string>> = {
  putIfAbsent: 'put with ifAbsent',
  putIfMatch: 'put with ifMatch',
  deleteIfMatch: 'delete with ifMatch',
  copySourceIfMatch: 'copy with ifMatch',
  copyIfAbsent: 'copy with ifAbsent',
  completeIfAbsent: 'upload in parts with ifAbsent',
  completeIfMatch: 'upload in parts with ifMatch',
};

/**
 * Which conditions the server honours: a server that ignores one would overwrite or delete in silence. Where nobody
 * knows, it is proven once, on an object beside the one in question, which is removed again.
 */
export class Conditions {
  private readonly proofs = new Map<S3ConditionName, Promise<boolean>>();

  constructor(
    private readonly calls: S3Calls,
    private readonly profile: ProviderProfile,
  ) {}

  /**
   * Waits for a proof no longer than until `signal` aborts; the proof goes on, for whoever asks next.
   * @throws StorageError UNSUPPORTED when the server ignores the condition; what the proof fails with when it stays open.
   */
  async require(name: S3ConditionName, key: string, signal?: AbortSignal): Promise<void> {
    const known = this.profile[name];
    if (known === 'prove') {
      throwIfAborted(signal);
      if (await unlessAborted(this.prove(name, key), signal)) return;
    } else if (known !== false) return;
    throw new StorageError('UNSUPPORTED', `${this.profile.title} has no ${WORDS[name]}`, { reason: name });
  }

  /** An ETag as the server wants it in If-Match. */
  etag(etag: string): string {
    return this.profile.putIfMatch === 'unquoted' ? etag : `"${etag}"`;
  }

  private prove(name: S3ConditionName, key: string): Promise<boolean> {
    const found = this.proofs.get(name);
    if (found) return found;
    // In the same folder, because keys may be allowed below a prefix alone.
    const probe = `${key.slice(0, key.lastIndexOf('/') + 1)}.stowage-probe-${randomUUID()}`;
    const proof = proveCondition(this.calls, name, probe);
    this.proofs.set(name, proof);
    // What a passing trouble left open is asked again.
    proof.catch(() => this.proofs.delete(name));
    return proof;
  }
}
