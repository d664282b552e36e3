import { randomBytes } from 'node:crypto';
import { crc32Checksum } from '../../core/checksum.js';
import type { UploadedPart } from '../../core/part-store.js';
import type { Rereadable } from '../../core/rereadable.js';
import { OPEN, type Disk } from './disk.js';
import { writeAll } from './write-file.js';
import { writeContent } from './write-content.js';

/** Ends the file of a part: four letters, the CRC-32 of the content, and eight bytes that no other part has. */
const SEAL_BYTES = 16;
const LETTERS = 'PART';

/** A part as the disk has it. */
export interface KeptPart extends UploadedPart {
  readonly crc: number;
  /** Where its content begins, in the file that all parts share; undefined when it has a file of its own. */
  readonly start?: number | undefined;
}

export interface PartFileOptions {
  readonly mode: number;
  readonly durable: boolean;
}

/**
 * Makes the new file `path` of part `number`: its content, and behind it what has to be replaced together with it by one
 * rename.
 */
export async function writePartFile(
  disk: Disk,
  path: string,
  { mode, durable }: PartFileOptions,
  number: number,
  bytes: Uint8Array | Rereadable,
  signal: AbortSignal | undefined,
): Promise<UploadedPart> {
  const fd = await disk.open(path, OPEN.create, mode);
  const seal = Buffer.alloc(SEAL_BYTES, LETTERS);
  let size: number;
  try {
    const content = await writeContent(disk, fd, bytes, 0, signal);
    size = content.size;
    seal.writeUInt32BE(content.crc, 4);
    randomBytes(8).copy(seal, 8);
    await writeAll(disk, fd, seal, size);
    if (durable) await disk.fsync(fd);
  } catch (error) {
    await disk.close(fd).catch(() => undefined);
    throw error;
  }
  // Once: a close that fails has closed it all the same, and its number may be another file's.
  await disk.close(fd);
  const { etag, checksum } = unsealed(number, size, seal);
  return { number, size, etag, checksum };
}

/** What is kept of part `number` in its file, open as `fd`; undefined without a whole seal. */
export async function readSeal(disk: Disk, fd: number, number: number): Promise<KeptPart | undefined> {
  const stats = disk.fstat(fd);
  const size = Number(stats.size) - SEAL_BYTES;
  if (!stats.isFile() || size < 0) return undefined;
  const seal = Buffer.alloc(SEAL_BYTES);
  const count = await disk.read(fd, seal, 0, SEAL_BYTES, size);
  if (count !== SEAL_BYTES || seal.toString('latin1', 0, 4) !== LETTERS) return undefined;
  return unsealed(number, size, seal);
}

function unsealed(number: number, size: number, seal: Buffer): KeptPart {
  const crc = seal.readUInt32BE(4);
  return { number, size, etag: seal.toString('hex', 8), checksum: crc32Checksum(crc), crc };
}
