import { crc32 } from 'node:zlib';
import { throwIfAborted } from '../../core/abort.js';
import { StorageError } from '../../core/error.js';
import type { Disk } from './disk.js';
import type { KeptPart } from './part-file.js';
import type { StagedFile } from './staged-file.js';
import { StoredParts } from './stored-parts.js';
import type { UploadFolders } from './upload-folders.js';

/** Bytes that are read at once, into one of two buffers: while one is filled, the other one is written. */
const BLOCK = 1 << 20;

/**
 * Writes the content of `parts`, one behind the other; where `staged` has it already, looks whether it is that.
 * @throws StorageError INVALID_ARGUMENT, reason `parts`, when a part was replaced or has gone; INTEGRITY when the disk gives
 * other bytes than were stored.
 */
export async function assemble(
  disk: Disk,
  uploads: UploadFolders,
  id: string,
  parts: readonly KeptPart[],
  staged: StagedFile,
  signal: AbortSignal | undefined,
): Promise<void> {
  const buffers = [Buffer.allocUnsafeSlow(BLOCK), Buffer.allocUnsafeSlow(BLOCK)];
  let writing: Promise<void> = Promise.resolve();
  let turn = 0;

  const copy = async (fd: number, { number, size, crc, start = 0 }: KeptPart) => {
    let sum = 0;
    for (let done = 0; done < size;) {
      throwIfAborted(signal);
      const buffer = buffers[turn] as Buffer;
      const count = await disk.read(fd, buffer, 0, Math.min(BLOCK, size - done), start + done);
      if (count === 0) throw damaged(number);
      const block = buffer.subarray(0, count);
      sum = crc32(block, sum);
      done += count;
      await writing;
      writing = staged.append([block]);
      // Awaited with the next block; until then a failure must not count as unhandled.
      writing.catch(() => undefined);
      turn = 1 - turn;
    }
    if (sum !== crc) throw damaged(number);
  };

  try {
    for (const part of parts) {
      const { number, etag } = part;
      const copied = await uploads.use(id, (directory) =>
        new StoredParts(disk, directory).use(number, async (fd, kept) => {
          if (kept.etag !== etag) return false;
          await copy(fd, kept);
          return true;
        }),
      );
      if (!copied)
        throw new StorageError('INVALID_ARGUMENT', `Part ${number} was replaced meanwhile`, {
          reason: 'parts',
        });
    }
  } finally {
    await writing.catch(() => undefined);
  }
  await writing;
}

function damaged(number: number): StorageError {
  return new StorageError('INTEGRITY', `Part ${number} is not what was stored`, { reason: 'checksum' });
}
