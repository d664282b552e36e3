import { webUrl } from './kinds.js';
import type { Problems } from './problems.js';
import { readVariable, type GetValue } from './read-variable.js';
import { variable } from './variable.js';
import { variablePart } from './variable-part.js';

/**
 * Where anyone reads the objects of each storage, by its name: what `STORAGE_CDN_URL_<NAME>` is set to, of the default storage
 * `whole`. One URL for all is not guessed at, because storages may be buckets of their own.
 */
export function readCdnUrls(
  names: readonly string[],
  whole: string | undefined,
  get: GetValue,
  problems: Problems,
): ReadonlyMap<string, string> {
  const urls = new Map<string, string>();
  if (whole !== undefined) urls.set('default', whole);
  for (const name of names) {
    const kind = variable(webUrl, { doc: '', example: '', group: 'storage' });
    const value = readVariable(cdnVariable(name), kind, get, problems);
    if (value !== undefined) urls.set(name, value);
  }
  return urls;
}

/** `STORAGE_CDN_URL_USER_FILES` of the storage `user-files`. */
export function cdnVariable(name: string): string {
  return `STORAGE_CDN_URL_${variablePart(name)}`;
}
