import { StorageError, type StorageErrorCode } from '../../src/core/error.js';
import { within } from './within.js';

/** The StorageError with which `work` fails; anything else, success too, fails the test. */
export async function failure(work: Promise<unknown>, ms?: number): Promise<StorageError> {
  const outcome = await within(
    work.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    ),
    'the failing operation',
    ms,
  );
  if (!('error' in outcome)) throw new Error('The operation succeeded, it should have failed');
  if (!StorageError.is(outcome.error)) throw outcome.error;
  return outcome.error;
}

/** Checks that `work` fails with one of `codes`, and gives the error. */
export async function expectCode(
  work: Promise<unknown>,
  ...codes: readonly StorageErrorCode[]
): Promise<StorageError> {
  const error = await failure(work);
  if (!codes.includes(error.code)) {
    throw new Error(`Expected ${codes.join(' or ')}, got ${error.code}: ${error.message}`, { cause: error });
  }
  return error;
}

/** The StorageError that `run` throws at once. */
export function thrown(run: () => unknown): StorageError {
  try {
    run();
  } catch (error) {
    if (StorageError.is(error)) return error;
    throw error;
  }
  throw new Error('Nothing was thrown');
}
