import { StorageError } from '../../core/error.js';
import type { Attempt } from './attempt.js';
import type { DownloadResult } from './download-options.js';
import { fetchParts, type PartWriter } from './fetch-parts.js';
import { verifyParts } from './verify-parts.js';

/** Fills `to` from its beginning. After a failure nothing is promised of what is in it. */
export async function downloadToBytes(to: Uint8Array, attempt: Attempt): Promise<DownloadResult> {
  const { info, meter } = attempt;
  if (to.byteLength < info.size) {
    const what = `The object has ${info.size} bytes, the target has room for ${to.byteLength}`;
    throw new StorageError('INVALID_ARGUMENT', what, { reason: 'target' });
  }
  const done = new Map<number, number>();
  await fetchParts({
    ...attempt,
    done,
    writerAt: (position) => writerInto(to, position),
    progress: (bytes, parts) => meter.add(bytes, parts),
  });
  const verified = await verifyParts(attempt, done, () => [to.subarray(0, info.size)]);
  return { info, bytes: info.size, verified };
}

function writerInto(to: Uint8Array, from: number): PartWriter {
  let position = from;
  return {
    take(chunk) {
      to.set(chunk, position);
      position += chunk.byteLength;
    },
    flush: () => Promise.resolve(),
    settle: () => Promise.resolve(),
  };
}
