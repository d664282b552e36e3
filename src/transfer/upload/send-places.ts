import { FileBody } from '../../core/file-body.js';
import type { UploadedPart } from '../../core/part-store.js';
import type { TransferMemory } from '../../core/transfer-memory.js';
import type { PartSender } from './part-sender.js';

/** What is known of bytes that can be read at any place. */
export interface PlacesOptions {
  readonly partSize: number;
  readonly memory: TransferMemory;
  /** Bytes of all of it. */
  readonly size: number;
  /** Bytes of the largest part that is held in memory. */
  readonly mostHeld: number;
  /** Parts that are stored already: they are not read. */
  readonly done?: ReadonlyMap<number, UploadedPart> | undefined;
}

/**
 * Sends the parts of bytes at hand as they are, without a copy, and those of a file from buffers that they are read into.
 * Parts of a file that are too large for that are read while they are sent. @throws StorageError of the file, of the signal.
 */
export async function sendPlaces(
  sender: PartSender,
  source: Uint8Array | FileBody,
  { partSize, memory, size, mostHeld, done }: PlacesOptions,
): Promise<void> {
  const count = Math.max(1, Math.ceil(size / partSize));
  for (let number = 1; number <= count; number++) {
    const start = (number - 1) * partSize;
    const length = Math.min(partSize, size - start);
    const stored = done?.get(number);
    if (stored?.size === length) {
      sender.skip(stored);
      continue;
    }
    await sender.enter();
    if (!(source instanceof FileBody)) sender.send(number, source.subarray(start, start + length), nothing);
    else if (length > mostHeld) sender.send(number, source.part(start, length), nothing);
    else await sendFromFile(sender, number, source, { start, length, memory });
  }
  if (source instanceof FileBody) await source.assertUnchanged();
}

interface Piece {
  readonly start: number;
  readonly length: number;
  readonly memory: TransferMemory;
}

async function sendFromFile(
  sender: PartSender,
  number: number,
  source: FileBody,
  { start, length, memory }: Piece,
): Promise<void> {
  const { signal } = sender;
  const part = await memory.claim(sender, length, signal).catch((error: unknown) => {
    sender.leave();
    throw error;
  });
  try {
    await part.grow(length, 0, signal);
    await source.readInto(part.bytes, start);
  } catch (error) {
    part.release();
    sender.leave();
    throw error;
  }
  part.seal();
  sender.send(number, part.bytes, () => part.release());
}

const nothing = (): void => undefined;
