import { once } from 'node:events';
import { createHash, getHashes, type Hash } from 'node:crypto';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { types } from 'node:util';
import { crc32 } from 'node:zlib';
import { onAbort, throwIfAborted } from '../../core/abort.js';
import { crc32Checksum } from '../../core/checksum.js';
import { discard } from '../../core/body.js';
import { StorageError } from '../../core/error.js';
import type { ObjectContent, ObjectInfo } from '../../core/object.js';
import type { ProgressMeter } from '../../core/progress-meter.js';
import { CompositeStream } from './composite-stream.js';
import type { DownloadResult } from './download-options.js';
import type { ObjectSource } from './object-source.js';
import { targetError } from './target-error.js';
import { same } from './same-checksum.js';

/**
 * Writes the object to `to` in order, as fast as that takes it, and ends it when everything is there and verified. A failure
 * destroys it: what it got cannot be taken back.
 */
export async function downloadToStream(
  to: Writable,
  source: ObjectSource,
  signal: AbortSignal | undefined,
  begin: (total: number) => ProgressMeter,
): Promise<DownloadResult> {
  // Its error may come while we wait for the object, or long after its destruction, when nobody listens.
  const ignore = (): void => undefined;
  to.on('error', ignore);
  let content: ObjectContent | undefined;
  // A target that stalls is not waited for.
  const release = onAbort(signal, (error) => to.destroy(error));
  try {
    content = await source.whole(signal);
    let checksum: StreamChecksum | CompositeStream | undefined = new StreamChecksum(content.info);
    if (source.mayHaveComposite(content.info)) {
      // Who holds a body while he asks holds a connection while he waits for one.
      discard(content.body);
      const { etag } = content.info;
      const composite = await CompositeStream.of(source, content.info, signal);
      content = await source.whole(signal);
      checksum = content.info.etag === etag ? composite : new StreamChecksum(content.info);
    }
    const { info } = content;
    const meter = begin(info.size);
    let bytes = 0;
    await source.consume(content, signal, (chunk) => {
      if (to.destroyed || to.writableEnded) throw gone(to);
      bytes += chunk.byteLength;
      checksum?.update(chunk);
      meter.add(chunk.byteLength);
      if (!to.write(chunk)) return drained(to);
    });
    if (bytes !== info.size) {
      const what = `${bytes} bytes came instead of ${info.size}`;
      throw new StorageError('INTEGRITY', what, { reason: 'size' });
    }
    const verified = await checksum?.verify();
    await ended(to);
    to.off('error', ignore);
    return { info, bytes, verified };
  } catch (error) {
    if (content) discard(content.body);
    to.destroy(types.isNativeError(error) ? error : undefined);
    throwIfAborted(signal);
    throw error;
  } finally {
    release();
  }
}

/** Resolves when there is room again. */
async function drained(to: Writable): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  try {
    await Promise.race([once(to, 'drain', { signal }), once(to, 'close', { signal })]);
  } catch (error) {
    throw targetError(error);
  } finally {
    controller.abort();
  }
  if (to.destroyed) throw gone(to);
}

async function ended(to: Writable): Promise<void> {
  if (to.destroyed) throw gone(to);
  to.end();
  try {
    await finished(to, { readable: false });
  } catch (error) {
    throw targetError(error);
  }
}

function gone(to: Writable): StorageError {
  const what = 'The stream was closed before all of the object was in it';
  return to.errored ? targetError(to.errored) : new StorageError('ABORTED', what, { reason: 'target' });
}

/** The checksum of what goes by, as the storage keeps it of the object. */
class StreamChecksum {
  private crc = 0;
  private readonly hash: Hash | undefined;
  private readonly algorithm: string | undefined;

  constructor(private readonly info: ObjectInfo) {
    const algorithm = info.checksum?.algorithm;
    if (algorithm === undefined) return;
    if (algorithm === 'crc32' || getHashes().includes(algorithm)) this.algorithm = algorithm;
    if (this.algorithm !== undefined && algorithm !== 'crc32') this.hash = createHash(algorithm);
  }

  update(chunk: Uint8Array): void {
    if (this.hash) this.hash.update(chunk);
    else if (this.algorithm !== undefined) this.crc = crc32(chunk, this.crc);
  }

  /** What it was compared with. @throws StorageError INTEGRITY, reason `checksum`. */
  verify(): string | undefined {
    if (this.algorithm === undefined) return undefined;
    const found = this.hash ? this.hash.digest('base64') : crc32Checksum(this.crc).value;
    return same(this.algorithm, this.info.checksum?.value ?? '', found);
  }
}
