import { errno } from '../../core/errno.js';
import { type Disk } from './disk.js';

/** `disk`, which frees descriptors by `free` when there are none left, and tries once more if there were any to free. */
export function sparingDisk(disk: Disk, free: () => Promise<boolean>): Disk {
  const sparing =
    <Arguments extends unknown[], Result>(call: (...args: Arguments) => Promise<Result>) =>
    async (...args: Arguments): Promise<Result> => {
      try {
        return await call(...args);
      } catch (error) {
        const none = errno(error) === 'EMFILE' || errno(error) === 'ENFILE';
        if (!none || !(await free())) throw error;
        return call(...args);
      }
    };
  return {
    ...disk,
    open: sparing(disk.open),
    copyFile: sparing(disk.copyFile),
    readdir: sparing(disk.readdir),
    readFile: sparing(disk.readFile),
  };
}
