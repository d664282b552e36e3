import { types } from 'node:util';

/** The code of a system error (`ENOENT` …), or undefined for any other value. */
export function errno(error: unknown): string | undefined {
  // Not instanceof: under jest the errors of Node are those of another realm.
  return types.isNativeError(error) && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}
