import type { StorageError } from '../../core/error.js';
import { refusal } from '../errors/refuse.js';

/** What a client is told of an upload that is not any more what it was, or what it was asked to be. */
export function replacedMeanwhile(cause?: unknown): StorageError {
  return refusal('CONFLICT', 'The upload was replaced meanwhile', 'changed', { cause });
}
