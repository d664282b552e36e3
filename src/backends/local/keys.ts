import { addressProblem, segmentProblem } from '../../core/key.js';

/** The folder at a root that holds metadata, locks and temporary files. */
export const RESERVED = '.stowage';
/** Bytes of a file's name: NAME_MAX of Linux, pathconf(3). */
const MAX_NAME = 255;
const WINDOWS_DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** Why the file system cannot hold `key` as a path below the root, or undefined when it can. */
export function localKeyProblem(key: string): string | undefined {
  const problem = addressProblem(key) ?? segmentProblem(key);
  if (problem) return problem;
  if (key.includes('\0')) return 'it has a NUL';
  const segments = key.split('/');
  for (const segment of segments) {
    // At any depth, for another root may lie in this one; in any case, for some file systems fold it.
    if (segment.toLowerCase() === RESERVED) return `"${RESERVED}" is reserved`;
    if (segment.length > MAX_NAME || Buffer.byteLength(segment) > MAX_NAME)
      return `it has a segment longer than ${MAX_NAME} bytes`;
    if (process.platform === 'win32' && (/[<>:"|?*\\]|[. ]$/.test(segment) || WINDOWS_DEVICE.test(segment))) {
      return `Windows has no file named "${segment}"`;
    }
  }
  return undefined;
}

/** The folder of a key, relative to the root ('' for the root itself), and its file's name. */
export function splitKey(key: string): { readonly folder: string; readonly name: string } {
  const cut = key.lastIndexOf('/');
  return cut === -1 ? { folder: '', name: key } : { folder: key.slice(0, cut), name: key.slice(cut + 1) };
}
