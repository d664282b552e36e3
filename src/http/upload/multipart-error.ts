import { HttpException } from '@nestjs/common';
import { StorageError } from '../../core/error.js';
import { refusal } from '../errors/refuse.js';

/** The codes of multer's errors: https://github.com/expressjs/multer/blob/master/lib/multer-error.js */
const LIMITS: Readonly<Record<string, string>> = {
  LIMIT_PART_COUNT: 'The form has too many parts',
  LIMIT_FILE_COUNT: 'The form has too many files',
  LIMIT_FIELD_KEY: 'The name of a field is too long',
  LIMIT_FIELD_VALUE: 'The value of a field is too long',
  LIMIT_FIELD_COUNT: 'The form has too many fields',
  LIMIT_UNEXPECTED_FILE: 'The form has a file in a field that takes none, or takes fewer',
  LIMIT_FIELD_NESTING: 'The name of a field is nested too deeply',
  LIMIT_FIELD_ARRAY_INDEX: 'The name of a field has too large an index',
  MISSING_FIELD_NAME: 'A part of the form has no name',
  INVALID_FIELD_NAME: 'The name of a field is not valid',
};
/** The messages of busboy, which has no codes: https://github.com/mscdex/busboy/tree/master/lib */
const MALFORMED =
  /^(?:Multipart: )?(?:Malformed|Unexpected end of|Boundary not found|Missing Content-Type|Invalid)/i;
const GONE = /^Request (?:aborted|closed|error)$/;

/**
 * What an error of the multipart parser means. A StorageError and an error of anything else stay as they are.
 * @param maxSize Bytes that a file may have.
 */
export function multipartError(error: unknown, maxSize: number): unknown {
  if (StorageError.is(error)) return error;
  // Nest's interceptors make an HttpException of some, with the original error as its cause.
  const original = error instanceof HttpException && error.cause !== undefined ? error.cause : error;
  if (StorageError.is(original)) return original;
  const { code, message = '' } = (typeof original === 'object' && original !== null ? original : {}) as {
    readonly code?: unknown;
    readonly message?: string;
  };
  if (code === 'LIMIT_FILE_SIZE') return tooLarge(maxSize);
  const limit = typeof code === 'string' && Object.hasOwn(LIMITS, code) ? LIMITS[code] : undefined;
  if (limit !== undefined) return refusal('INVALID_ARGUMENT', limit, 'multipart');
  if (/^Unsupported content type/.test(message)) return noForm();
  if (MALFORMED.test(message))
    return refusal('INVALID_ARGUMENT', 'The form is malformed or incomplete', 'multipart');
  if (GONE.test(message) || code === 'ECONNRESET')
    return new StorageError('ABORTED', 'The client went away', { reason: 'body', cause: original });
  return original instanceof HttpException ? ofStatus(original, maxSize) : error;
}

/** Nest 11 gives no cause: there the status is all that is certain. */
function ofStatus(error: HttpException, maxSize: number): unknown {
  const status = error.getStatus();
  if (status === 413) return tooLarge(maxSize);
  if (status === 415) return noForm();
  return status === 400 ? refusal('INVALID_ARGUMENT', 'The form is not valid', 'multipart') : error;
}

function tooLarge(maxSize: number): StorageError {
  return refusal('TOO_LARGE', `A file may have at most ${maxSize} bytes`, 'size');
}

function noForm(): StorageError {
  return refusal('TYPE_REFUSED', 'A form is sent as multipart/form-data', 'multipart');
}
