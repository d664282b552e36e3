import { crc32 } from 'node:zlib';
import { readPart } from '../../core/read-part.js';
import type { Rereadable } from '../../core/rereadable.js';
import type { Disk } from './disk.js';
import { writeAll } from './write-file.js';

/** Bytes of one write: the block that was just summed up is in the cache of the processor; above it fresh pages cost. */
const BLOCK = 1 << 20;

/** Writes the content of a part at `start`; gives its size, in bytes, and its CRC-32. */
export async function writeContent(
  disk: Disk,
  fd: number,
  bytes: Uint8Array | Rereadable,
  start: number,
  signal: AbortSignal | undefined,
): Promise<{ readonly size: number; readonly crc: number }> {
  let [size, crc] = [0, 0];
  await readPart(bytes, signal, async (piece) => {
    for (let at = 0; at < piece.byteLength; at += BLOCK) {
      const block = piece.subarray(at, at + BLOCK);
      crc = crc32(block, crc);
      await writeAll(disk, fd, block, start + size);
      size += block.byteLength;
    }
  });
  return { size, crc };
}
