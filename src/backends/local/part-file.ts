import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc32Checksum } from '../../core/checksum.js';
import type { UploadedPart } from '../../core/part-store.js';
import { readPart } from '../../core/read-part.js';
import type { Rereadable } from '../../core/rereadable.js';
import type { Directory } from './directories.js';
import { OPEN, unless, type Disk } from './disk.js';
import { writeAll } from './write-file.js';

/** Ends the file of a part: four letters, the CRC-32 of the content, and eight bytes that no other part has. */
const SEAL_BYTES = 16;
const LETTERS = 'PART';

/** A part as a file has it. */
export interface KeptPart extends UploadedPart {
  readonly crc: number;
}

/**
 * Makes the new file `path` of part `number`: its content, and behind it what has to be replaced together with it by one
 * rename.
 */
export async function writePartFile(
  disk: Disk,
  path: string,
  { mode, durable }: { readonly mode: number; readonly durable: boolean },
  number: number,
  bytes: Uint8Array | Rereadable,
  signal: AbortSignal | undefined,
): Promise<UploadedPart> {
  const fd = await disk.open(path, OPEN.create, mode);
  try {
    let [size, crc] = [0, 0];
    await readPart(bytes, signal, async (piece) => {
      crc = crc32(piece, crc);
      await writeAll(disk, fd, piece, size);
      size += piece.byteLength;
    });
    const seal = Buffer.alloc(SEAL_BYTES, LETTERS);
    seal.writeUInt32BE(crc, 4);
    randomBytes(8).copy(seal, 8);
    await writeAll(disk, fd, seal, size);
    if (durable) await disk.fsync(fd);
    await disk.close(fd);
    const { etag, checksum } = unsealed(number, size, seal);
    return { number, size, etag, checksum };
  } catch (error) {
    await disk.close(fd).catch(() => undefined);
    throw error;
  }
}

/**
 * Runs `work` with part `number` as an open file and what is kept of it; undefined when there is none. A file without a
 * whole seal is none: power was lost while it was written.
 */
export async function withPartFile<T>(
  disk: Disk,
  directory: Directory,
  number: number,
  work: (fd: number, part: KeptPart) => Promise<T>,
): Promise<T | undefined> {
  const fd = await unless(['ENOENT', 'ELOOP'], disk.open(directory.at(String(number)), OPEN.read));
  if (fd === undefined) return undefined;
  try {
    const stats = disk.fstat(fd);
    const size = Number(stats.size) - SEAL_BYTES;
    if (!stats.isFile() || size < 0) return undefined;
    const seal = Buffer.alloc(SEAL_BYTES);
    const count = await disk.read(fd, seal, 0, SEAL_BYTES, size);
    if (count !== SEAL_BYTES || seal.toString('latin1', 0, 4) !== LETTERS) return undefined;
    return await work(fd, unsealed(number, size, seal));
  } finally {
    disk.closeRead(fd);
  }
}

function unsealed(number: number, size: number, seal: Buffer): KeptPart {
  const crc = seal.readUInt32BE(4);
  return { number, size, etag: seal.toString('hex', 8), checksum: crc32Checksum(crc), crc };
}
