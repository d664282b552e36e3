import { errno } from './errno.js';

const CODES: ReadonlySet<string> = new Set([
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
  'EEXIST',
  'ENOTEMPTY',
  'ELOOP',
  'ENAMETOOLONG',
]);

/** Whether an error of the file system says that the path of a caller leads nowhere, or to something else: NOT_FOUND is an object. */
export function isBadPath(error: unknown): boolean {
  const code = errno(error);
  return code !== undefined && CODES.has(code);
}
