import { basename } from 'node:path';
import { throwIfAborted } from '../../core/abort.js';
import { StorageError } from '../../core/error.js';
import type { Again, Attempt } from './attempt.js';
import { assertReplaceable, verifyFile } from './download-file.js';
import { DownloadLock } from './download-lock.js';
import type { DownloadResult, StartedOver } from './download-options.js';
import { fetchParts } from './fetch-parts.js';
import { GatheredWrites } from './gathered-writes.js';
import { isChange } from './object-source.js';
import { PartialFile } from './partial-file.js';

/** Bytes of a name that most file systems take, less what the longest name beside it has: that of a lock which is taken over. */
const MAX_NAME = 226;

/**
 * As `downloadToFile`, and keeps what has come when it fails or its process ends: the content in `<path>.stowage-part`, what is
 * known of it in a small file beside it, and a lock, so that no two processes write one target.
 */
export async function resumeDownload(path: string, storage: string, again: Again): Promise<DownloadResult> {
  await assertReplaceable(path);
  const partial = `${path}.stowage-part`;
  if (Buffer.byteLength(basename(path)) > MAX_NAME)
    throw new StorageError('INVALID_ARGUMENT', `A download to resume takes a name of ${MAX_NAME} bytes`, {
      reason: 'target',
    });
  const lock = await DownloadLock.take(`${partial}.lock`);
  try {
    let startedOver: StartedOver | undefined;
    return await again(async (attempt) => {
      const file = await PartialFile.open(partial, storage, attempt);
      startedOver ??= file.startedOver;
      const result = await attemptRest(file, path, attempt, lock).catch((error: unknown) => {
        if (isChange(error)) startedOver = 'changed';
        throw error;
      });
      return { ...result, startedOver };
    });
  } finally {
    await lock.release();
  }
}

async function attemptRest(
  partial: PartialFile,
  path: string,
  attempt: Attempt,
  lock: DownloadLock,
): Promise<DownloadResult> {
  const { info, meter } = attempt;
  const { file, plan, done } = partial;
  const resumedFrom = partial.resumedBytes;
  try {
    meter.had(resumedFrom, done.size);
    await fetchParts({
      ...attempt,
      plan,
      done,
      writerAt: (position) => new GatheredWrites(file, position),
      progress: (bytes, parts) => meter.add(bytes, parts),
      ...(attempt.divisible && { partDone: () => partial.keep() }),
    });
    const verified = await verifyFile(file, { ...attempt, plan }, done);
    await partial.settle();
    throwIfAborted(attempt.signal);
    await lock.assertHeld();
    await partial.place(path);
    return { info, bytes: info.size, verified, resumedFrom };
  } catch (error) {
    // What is wrong would be wrong again, and of what is in its place nothing is left to go on with.
    const useless =
      !attempt.divisible || isChange(error) || StorageError.is(error, 'INTEGRITY', 'OUTCOME_UNKNOWN');
    // What another process has taken over is not ours to remove.
    if (await lock.isHeld().catch(() => false)) await partial.close(useless);
    else await partial.leave();
    throw error;
  }
}
