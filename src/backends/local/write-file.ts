import { OPEN, type Disk } from './disk.js';

const MODE = 0o600;
/** Bytes of one write: Node takes no length above 2^31 - 1. */
const MOST = 1024 ** 3;

/** Writes all of `bytes` at `position`: a single write(2) may take less. */
export async function writeAll(disk: Disk, fd: number, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += await disk.write(fd, bytes, done, Math.min(MOST, bytes.length - done), position + done);
  }
}

/** Writes all of `blocks`, one after the other, from `position` on. */
export async function writeAllOf(
  disk: Disk,
  fd: number,
  blocks: readonly Uint8Array[],
  position: number,
): Promise<void> {
  const [first] = blocks;
  if (blocks.length === 1 && first) return writeAll(disk, fd, first, position);
  let done = await disk.writev(fd, blocks, position);
  for (let i = 0, start = 0; i < blocks.length; i++) {
    const block = blocks[i] as Uint8Array;
    const end = start + block.byteLength;
    if (done < end) {
      await writeAll(disk, fd, block.subarray(done - start), position + done);
      done = end;
    }
    start = end;
  }
}

/** Makes the new file `path` of `bytes`. */
export async function writeFile(
  disk: Disk,
  path: string,
  bytes: Uint8Array,
  durable: boolean,
): Promise<void> {
  const fd = await disk.open(path, OPEN.create, MODE);
  try {
    await writeAll(disk, fd, bytes, 0);
    if (durable) await disk.fsync(fd);
  } catch (error) {
    await disk.close(fd).catch(() => undefined);
    throw error;
  }
  await disk.close(fd);
}
