import { throwIfAborted } from '../../core/abort.js';
import { atOnce } from '../../core/at-once.js';
import { StorageError } from '../../core/error.js';
import { interruption } from '../../core/interruption.js';
import type { DeleteResult } from '../../core/object.js';
import type { OperationOptions } from '../../core/options.js';
import type { S3Calls } from './calls.js';
import { deleteOne } from './delete-one.js';
import { classifyCode, classifyError } from './errors.js';
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

  /**
   * @throws what the one request did, when all keys were in it; where there were others, that is told for each key.
   * When the signal ended it: its StorageError, or OUTCOME_UNKNOWN when a key is gone or may be.
   */
  async delete(keys: readonly string[], { signal }: OperationOptions): Promise<readonly DeleteResult[]> {
    const distinct = [...new Set(keys)];
    const batch = this.single ? [] : distinct.filter(isXmlSafe);
    if (batch.length === distinct.length) return this.together(batch, signal);
    const inBatch = new Set(batch);
    const rest = distinct.filter((key) => !inBatch.has(key));
    let ended = false;
    const failed = (error: unknown) => {
      ended ||= signal?.aborted ?? false;
      return (key: string): DeleteResult => ({ key, error });
    };
    const [together, single] = await Promise.all([
      batch.length === 0 ? [] : this.together(batch, signal).catch((error) => batch.map(failed(error))),
      atOnce(rest, AT_ONCE, (key) => this.alone(key, signal).catch((error) => failed(error)(key))),
    ]);
    const results = [...together, ...single];
    if (signal && ended) throw interruption(signal, !results.every(({ error }) => isThere(error)));
    return results;
  }

  private async together(
    batch: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<readonly DeleteResult[]> {
    const asked = new Set(batch);
    const results = new Map<string, DeleteResult>();
    for (const { key, code, message } of await this.calls.deleteMany(batch, { signal })) {
      // What was not asked for says nothing, and an error counts more than a success of the same key.
      if (!asked.has(key) || results.get(key)?.error !== undefined) continue;
      if (code === undefined || code === 'NoSuchKey') results.set(key, { key });
      else results.set(key, { key, error: refusal(code, message) });
    }
    return [...results.values()];
  }

  private async alone(key: string, signal: AbortSignal | undefined): Promise<DeleteResult> {
    throwIfAborted(signal);
    await deleteOne(this.calls, { key, headers: {}, signal });
    return { key };
  }
}

/** Whether a delete that failed so has surely deleted nothing. */
function isThere(error: unknown): boolean {
  if (error === undefined) return false;
  return (StorageError.is(error) ? error.code : classifyError(error).code) !== 'OUTCOME_UNKNOWN';
}

function refusal(code: string, message: string | undefined): StorageError {
  const { code: meant, reason } = classifyCode(code);
  return new StorageError(meant, [plainCode(code), plainText(message)].filter(Boolean).join(': '), {
    reason,
  });
}
