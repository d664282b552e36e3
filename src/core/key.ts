import { hasControlCharacter } from './control-character.js';
import { StorageError } from './error.js';

/** UTF-8 bytes, the limit of S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_BYTES = 1024;
/** Of a file's name: https://man7.org/linux/man-pages/man7/path_resolution.7.html. No segment of a shorter key is longer. */
const MAX_SEGMENT = 255;

/** Segments of letters, digits and a few signs, none of them beginning with a dot: such a key is fine everywhere, and most are such. */
const USUAL = /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/;

/** Whether nothing can be wrong with the key: one look instead of six. */
export function isUsualKey(key: unknown): boolean {
  return typeof key === 'string' && key.length <= MAX_SEGMENT && USUAL.test(key);
}

/**
 * Refuses a key that some backend could not store as it is; never rewrites one.
 * A write takes no empty key, empty, `.` or `..` segment, backslash, control character,
 * lone surrogate, and at most 1,024 bytes of UTF-8.
 * @throws StorageError INVALID_ARGUMENT
 */
export function assertKey(
  key: unknown,
  problem: (key: string) => string | undefined = keyProblem,
): asserts key is string {
  if (problem === keyProblem && isUsualKey(key)) return;
  const why =
    typeof key === 'string' ? problem(key) : `it is ${key === null ? 'null' : typeof key}, not a string`;
  if (why) {
    const shown = typeof key === 'string' ? JSON.stringify(key.slice(0, 200)) : '';
    throw new StorageError('INVALID_ARGUMENT', `Invalid key ${shown}: ${why}`, {
      reason: 'key',
      ...(typeof key === 'string' && { key }),
    });
  }
}

/** Why `key` cannot be written, or undefined when it can. */
export function keyProblem(key: string): string | undefined {
  const problem = addressProblem(key);
  if (problem) return problem;
  if (hasControlCharacter(key)) return 'it has a control character';
  if (key.includes('\\')) return 'it has a backslash';
  return segmentProblem(key);
}

/** Why `key` is no key at all, of any object that anyone may have written. */
export function addressProblem(key: string): string | undefined {
  if (key === '') return 'it is empty';
  if (key.length > MAX_BYTES || Buffer.byteLength(key) > MAX_BYTES)
    return `it is longer than ${MAX_BYTES} bytes`;
  if (!key.isWellFormed()) return 'it is not valid Unicode (lone surrogate)';
  return undefined;
}

/** Why a file system cannot address `key` as a path without giving two keys one name. */
export function segmentProblem(key: string): string | undefined {
  return key.split('/').includes('') ? 'it has an empty segment' : dotProblem(key);
}

/** Why no URL can name `key`: parsers resolve such segments, `%2e` too (https://url.spec.whatwg.org/#path-state). */
export function dotProblem(key: string): string | undefined {
  const dots = key.split('/').some((segment) => segment === '.' || segment === '..');
  return dots ? 'it has a "." or ".." segment' : undefined;
}
