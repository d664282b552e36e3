import { randomUUID } from 'node:crypto';
import { StorageError } from '../../core/error.js';
import type { S3Calls } from './calls.js';
import type { ProviderProfile } from './profile.js';
import { S3ResponseError } from './response-error.js';

/** The conditions that not every server honours. */
export type S3ConditionName =
  'putIfAbsent' | 'putIfMatch' | 'deleteIfMatch' | 'copySourceIfMatch' | 'copyIfAbsent';

const WORDS: Readonly<Record<S3ConditionName, string>> = {
  putIfAbsent: 'put with ifAbsent',
  putIfMatch: 'put with ifMatch',
  deleteIfMatch: 'delete with ifMatch',
  copySourceIfMatch: 'copy with ifMatch',
  copyIfAbsent: 'copy with ifAbsent',
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

  /** @throws StorageError UNSUPPORTED when the server ignores the condition. */
  async require(name: S3ConditionName, key: string): Promise<void> {
    const known = this.profile[name];
    if (known === 'prove') {
      if (await this.prove(name, key)) return;
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
    const proof = this.test(name, `${key.slice(0, key.lastIndexOf('/') + 1)}.stowage-probe-${randomUUID()}`);
    this.proofs.set(name, proof);
    // What a passing trouble left open is asked again.
    proof.catch(() => this.proofs.delete(name));
    return proof;
  }

  private async test(name: S3ConditionName, key: string): Promise<boolean> {
    const { calls } = this;
    const body = Buffer.from('stowage');
    const put = (headers: Record<string, string>) => calls.put({ key, headers, body, repeatable: true });
    const wrong = { 'if-match': '"00000000000000000000000000000000"' };
    await put({});
    try {
      if (name === 'putIfAbsent') return await isRefused(put({ 'if-none-match': '*' }));
      if (name === 'putIfMatch') return await isRefused(put(wrong));
      if (name === 'deleteIfMatch') return await isRefused(calls.delete({ key, headers: wrong }));
      const to = `${key}-copy`;
      if (name === 'copyIfAbsent') await calls.put({ key: to, headers: {}, body, repeatable: true });
      const headers: Record<string, string> =
        name === 'copyIfAbsent'
          ? { 'if-none-match': '*' }
          : { 'x-amz-copy-source-if-match': wrong['if-match'] };
      try {
        return await isRefused(calls.copy(key, { key: to, headers }));
      } finally {
        await calls.delete({ key: to, headers: {} });
      }
    } finally {
      await calls.delete({ key, headers: {} });
    }
  }
}

/** Whether the condition failed, as it has to. Not implemented is an answer too. */
async function isRefused(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return false;
  } catch (error) {
    if (error instanceof S3ResponseError && error.status === 412) return true;
    if (error instanceof S3ResponseError && (error.status === 501 || error.status === 400)) return false;
    throw error;
  }
}
