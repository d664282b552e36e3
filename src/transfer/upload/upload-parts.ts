import type { Body } from '../../core/backend.js';
import { discard } from '../../core/body.js';
import { wrongSize } from '../../core/consume.js';
import { FileBody } from '../../core/file-body.js';
import type { BegunUpload, PartStore, UploadedPart } from '../../core/part-store.js';
import type { TransferMemory } from '../../core/transfer-memory.js';
import { DEFAULT_CONCURRENCY, largestObject, tooLarge } from './part-size.js';
import { PartSender, type PartSenderOptions } from './part-sender.js';
import { sendPlaces } from './send-places.js';
import { StreamParts } from './stream-parts.js';

/** How the parts of a source are made and sent. */
export interface UploadPartsOptions extends PartSenderOptions {
  /** Bytes of each part but the last: see `partSizeFor`. */
  readonly partSize: number;
  readonly memory: TransferMemory;
  /** Bytes that the source must have. Default: as many as it has. */
  readonly size?: number | undefined;
  /** Parts that are stored already, by their numbers. One that has another size than it should is sent again. */
  readonly done?: ReadonlyMap<number, UploadedPart> | undefined;
}

/** What was stored, to be completed. */
export interface StoredParts {
  /** All of them, those too that were there before, in the order of their numbers. */
  readonly parts: readonly UploadedPart[];
  /** Bytes of all parts. */
  readonly size: number;
}

/**
 * Stores a source in parts. Several are on their way at once; when one fails, or the source does, the others are ended, and
 * the first failure is thrown when all have let go of their buffers. A stream is read to its end or destroyed; a `FileBody`
 * stays open, because another try may need it.
 *
 * @throws StorageError INVALID_ARGUMENT, reason `size`, when the source has not `size` bytes; TOO_LARGE for more than
 * `limits.maxParts` parts hold; ABORTED, reason `body`, when the source fails, `changed` when a file was changed; and
 * whatever the store throws.
 */
export async function uploadParts(
  store: PartStore,
  begun: BegunUpload,
  source: Body,
  options: UploadPartsOptions,
): Promise<StoredParts> {
  return sendSource(store, () => Promise.resolve(begun), source, options);
}

/**
 * As `uploadParts`, for an upload that is begun when its first part is sent.
 * @param whole What is done instead with a stream that ends within its first part: then there are no parts.
 */
export async function sendSource(
  store: PartStore,
  begin: () => Promise<BegunUpload>,
  source: Body,
  options: UploadPartsOptions,
  whole?: (bytes: Uint8Array) => Promise<void>,
): Promise<StoredParts> {
  const { size, partSize } = options;
  const limits = store.partLimits;
  const sender = new PartSender(store, begin, options);
  try {
    if (source instanceof Uint8Array || source instanceof FileBody) {
      const actual = source instanceof FileBody ? (await source.state()).size : source.byteLength;
      if (size !== undefined && size !== actual) throw wrongSize(size, String(actual));
      const largest = largestObject(partSize, limits);
      if (actual > largest) throw tooLarge(largest);
      const { memory, concurrency = DEFAULT_CONCURRENCY } = options;
      const mostHeld = memory.budget / concurrency;
      await sendPlaces(sender, source, { ...options, size: actual, mostHeld });
      return { parts: await sender.settle(), size: actual };
    }
    const stream = new StreamParts(sender, { ...options, limits });
    try {
      const { size: total, last } = await stream.read(source);
      if (last && whole && sender.idle) {
        stream.seal();
        await whole(last);
      } else if (last) {
        stream.send(last);
      }
      return { parts: await sender.settle(), size: total };
    } finally {
      stream.drop();
    }
  } catch (error) {
    discardStream(source);
    sender.fail(error);
    await sender.settle();
    throw error;
  }
}

function discardStream(source: Body): void {
  if (!(source instanceof FileBody)) discard(source);
}
