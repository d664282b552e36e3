import { StorageError } from '../../core/error.js';
import type { ObjectInfo } from '../../core/object.js';
import type { BatchResult } from './batch.options.js';

/** What became of one item: a failure of `work` is a result, too. */
export async function resultOf(key: string, work: () => Promise<ObjectInfo>): Promise<BatchResult> {
  try {
    return { key, info: await work() };
  } catch (error) {
    return { key, error: failureOf(error) };
  }
}

/** The failure of one item. @throws what is none of a storage. */
export function failureOf(error: unknown): StorageError {
  if (StorageError.is(error)) return error;
  throw error;
}

/** The key that an item names under `name`; '' of one that names none. */
export function keyOf(item: unknown, name: string): string {
  const key = (item as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  return typeof key === 'string' ? key : '';
}
