import type { StorageError } from '../../core/error.js';
import { refusal } from '../errors/refuse.js';

/** What a client is told of a file that is larger than the rules allow. @param maxSize Bytes. */
export function tooLarge(maxSize: number): StorageError {
  return refusal('TOO_LARGE', `A file may have at most ${maxSize} bytes`, 'size');
}
