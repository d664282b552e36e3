import { throwIfAborted } from '../../core/abort.js';
import { StorageError } from '../../core/error.js';
import { Gate } from '../../core/gate.js';
import type { DeleteResult } from '../../core/object.js';
import type { OperationOptions } from '../../core/options.js';
import type { S3Calls } from './calls.js';
import { deleteOne } from './delete-one.js';
import { classifyCode } from './errors.js';
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
    return [
      ...answered.map(({ key, code, message }) => {
        if (code === undefined || code === 'NoSuchKey') return { key };
        const meaning = classifyCode(code);
        return {
          key,
          error: new StorageError(meaning.code, message ?? code, { reason: meaning.reason ?? code }),
        };
      }),
      ...singles,
    ];
  }

  private async oneByOne(keys: readonly string[], signal: AbortSignal | undefined): Promise<DeleteResult[]> {
    const gate = new Gate(AT_ONCE);
    return Promise.all(
      keys.map(async (key) => {
        await gate.enter();
        try {
          throwIfAborted(signal);
          await deleteOne(this.calls, { key, headers: {}, signal });
          return { key };
        } catch (error) {
          throwIfAborted(signal);
          return { key, error };
        } finally {
          gate.leave();
        }
      }),
    );
  }
}
