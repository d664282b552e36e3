import { assertSignal } from './abort.js';
import { isObject, show } from './check-shape.js';
import { StorageError } from './error.js';

/**
 * Refuses what is no option of `operation`: a slip of `dryRun` or `ifAbsent` would else do what it should prevent. What is
 * undefined is not there; a `signal` has to be one.
 * @throws StorageError INVALID_ARGUMENT, whose reason is the name.
 */
export function assertKnownOptions(operation: string, options: object, known: readonly string[]): void {
  if (!isObject(options)) refuse('options', `${operation} takes options, not ${show(options)}`);
  for (const [name, value] of Object.entries(options))
    if (value !== undefined && !known.includes(name))
      refuse(name, `${operation} has no option ${name}: it has ${known.join(', ')}`);
  assertSignal(options['signal'] as AbortSignal | undefined);
}

function refuse(reason: string, why: string): never {
  throw new StorageError('INVALID_ARGUMENT', why, { reason });
}
