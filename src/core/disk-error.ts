import type { ErrorClass } from './backend.js';
import { errno } from './errno.js';

/** What the errors of a file system mean: errno(3). */
const CLASSES: Readonly<Record<string, ErrorClass>> = {
  ENOENT: { code: 'NOT_FOUND' },
  ENOTDIR: { code: 'NOT_FOUND' },
  EEXIST: { code: 'CONFLICT' },
  EISDIR: { code: 'CONFLICT' },
  ENOTEMPTY: { code: 'CONFLICT' },
  ENOSPC: { code: 'NO_SPACE' },
  EDQUOT: { code: 'NO_SPACE', reason: 'quota' },
  EFBIG: { code: 'TOO_LARGE' },
  EACCES: { code: 'PERMISSION_DENIED' },
  EPERM: { code: 'PERMISSION_DENIED' },
  EROFS: { code: 'PERMISSION_DENIED', reason: 'read-only' },
  ELOOP: { code: 'PERMISSION_DENIED', reason: 'symlink' },
  // A socket, or a device without a driver: open(2).
  ENXIO: { code: 'PERMISSION_DENIED', reason: 'special-file' },
  ENODEV: { code: 'PERMISSION_DENIED', reason: 'special-file' },
  ENAMETOOLONG: { code: 'INVALID_ARGUMENT', reason: 'name-too-long' },
  EINVAL: { code: 'INVALID_ARGUMENT' },
  EMFILE: { code: 'UNAVAILABLE', reason: 'descriptors' },
  ENFILE: { code: 'UNAVAILABLE', reason: 'descriptors' },
  ENOMEM: { code: 'UNAVAILABLE', reason: 'memory' },
  EAGAIN: { code: 'UNAVAILABLE' },
  EBUSY: { code: 'UNAVAILABLE' },
  ESTALE: { code: 'UNAVAILABLE', reason: 'io' },
  EIO: { code: 'UNAVAILABLE', reason: 'io' },
  EXDEV: { code: 'UNSUPPORTED', reason: 'mount-point' },
};

/** The code for an error of the disk. */
export function classifyDiskError(error: unknown): ErrorClass {
  const code = errno(error);
  return (code !== undefined && CLASSES[code]) || { code: 'UNKNOWN', reason: code };
}
