import { Logger } from '@nestjs/common';
import { isObject, show } from '../../core/check-shape.js';
import type { StorageError } from '../../core/error.js';
import { refusal } from '../errors/refuse.js';

/** Characters of a signature's name that are logged. */
const MAX_NAME = 200;

/** Why a scanner's verdict refuses a file: CONTENT_REFUSED where it is one, which is logged, else UNAVAILABLE. */
export function infected(verdict: unknown): StorageError {
  const name = isObject(verdict) ? verdict.infected : undefined;
  if (typeof name !== 'string' || name === '') return noVerdict(`it answered ${show(verdict)}`);
  const message = `An uploaded file was refused, the scanner found ${show(name.slice(0, MAX_NAME))}`;
  // Whatever answers the request: it is the operator who has to know.
  new Logger('StorageHttp').warn(message);
  return refusal('CONTENT_REFUSED', 'The file was refused: it seems to be harmful', 'infected', { message });
}

/** A file that is refused because nothing is known of it. What the client is told says nothing of the scanner. */
export function noVerdict(why: string, cause?: unknown): StorageError {
  const message = `An uploaded file was refused, because the scanner has no verdict: ${why}`;
  return refusal('UNAVAILABLE', 'The file could not be checked, so it was not taken', 'scanner', {
    message,
    cause,
  });
}
