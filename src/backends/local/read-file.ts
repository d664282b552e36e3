import type { Directory } from './directories.js';
import { OPEN, unless, type Disk } from './disk.js';

/** All of the small file `name`; undefined where there is no plain file of that name, or a link. */
export async function readFile(disk: Disk, directory: Directory, name: string): Promise<Buffer | undefined> {
  const fd = await unless(['ENOENT', 'ELOOP'], disk.open(directory.at(name), OPEN.read));
  if (fd === undefined) return undefined;
  try {
    const stats = disk.fstat(fd);
    if (!stats.isFile()) return undefined;
    const bytes = Buffer.allocUnsafe(Number(stats.size));
    return bytes.subarray(0, await disk.read(fd, bytes, 0, bytes.length, 0));
  } finally {
    disk.closeRead(fd);
  }
}
