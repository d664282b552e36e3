import type { StorageError } from '../../../core/error.js';
import { refusal } from '../../errors/refuse.js';

/** What a client is told of a form that is none, or beyond a limit. */
export function badForm(detail = 'The form is malformed or incomplete'): StorageError {
  return refusal('INVALID_ARGUMENT', detail, 'multipart');
}
