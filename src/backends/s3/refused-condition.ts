import { StorageError } from '../../core/error.js';
import type { OperationOptions } from '../../core/options.js';
import { classifyError } from './errors.js';
import { isFailedCondition } from './matching.js';
import type { Reader } from './reader.js';

/** What the failure of a write with If-None-Match means. @param matches Whether it had an If-Match as well. */
export async function taken(
  reader: Reader,
  error: unknown,
  key: string,
  matches: boolean,
  options: OperationOptions,
): Promise<unknown> {
  if (!isFailedCondition(error)) return error;
  // With both conditions the answer does not say everywhere which one failed.
  if (matches && !(await exists(reader, key, options))) return error;
  return new StorageError('ALREADY_EXISTS', 'The key is taken', { cause: error });
}

/** What the failure of a write with If-Match means. Some servers say 412 where there is no object. */
export async function unmatched(
  reader: Reader,
  error: unknown,
  key: string,
  options: OperationOptions,
): Promise<unknown> {
  if (!isFailedCondition(error) || (await exists(reader, key, options))) return error;
  return new StorageError('NOT_FOUND', 'There is no object to match', { cause: error });
}

async function exists(reader: Reader, key: string, options: OperationOptions): Promise<boolean> {
  try {
    await reader.headers(key, options);
    return true;
  } catch (error) {
    if (classifyError(error).code === 'NOT_FOUND') return false;
    throw error;
  }
}
