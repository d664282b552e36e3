import { throwIfAborted } from '../../core/abort.js';
import { atOnce } from '../../core/at-once.js';
import { StorageError } from '../../core/error.js';
import type { DeleteResult } from '../../core/object.js';
import type { OperationOptions } from '../../core/options.js';
import type { S3Calls } from './calls.js';
import { deleteOne } from './delete-one.js';
import { classifyCode } from './errors.js';
import { plainCode, plainText } from './plain-text.js';
import { isXmlSafe } from './wire/delete-request.js';

/** Single deletes at once. */
const AT_ONCE = 16;

/** Deletes up to 1,000 keys by one request, and those that XML cannot carry, or all where the server has no such request, one by one. */
export class BatchDelete {
  constructor(
    private readonly calls: S3Calls,
    private readonly single: boolean,
  ) {}

  async delete(keys: readonly string[], { signal }: OperationOptions): Promise<readonly DeleteResult[]> {
    const distinct = [...new Set(keys)];
    const batch = this.single ? [] : distinct.filter(isXmlSafe);
    const inBatch = new Set(batch);
    const [answered, singles] = await Promise.all([
      batch.length === 0 ? [] : this.calls.deleteMany(batch, { signal }),
      this.oneByOne(
        distinct.filter((key) => !inBatch.has(key)),
        signal,
      ),
    ]);
    const results = new Map<string, DeleteResult>();
    for (const { key, code, message } of answered) {
      // What was not asked for says nothing, and an error counts more than a success of the same key.
      if (!inBatch.has(key) || results.get(key)?.error !== undefined) continue;
      if (code === undefined || code === 'NoSuchKey') results.set(key, { key });
      else results.set(key, { key, error: refusal(code, message) });
    }
    return [...results.values(), ...singles];
  }

  private oneByOne(keys: readonly string[], signal: AbortSignal | undefined): Promise<DeleteResult[]> {
    return atOnce(keys, AT_ONCE, async (key): Promise<DeleteResult> => {
      try {
        throwIfAborted(signal);
        await deleteOne(this.calls, { key, headers: {}, signal });
        return { key };
      } catch (error) {
        throwIfAborted(signal);
        return { key, error };
      }
    });
  }
}

function refusal(code: string, message: string | undefined): StorageError {
  const { code: meant, reason } = classifyCode(code);
  return new StorageError(meant, [plainCode(code), plainText(message)].filter(Boolean).join(': '), {
    reason,
  });
}
