import { Logger } from '@nestjs/common';
import { Presigning } from '../../core/presigning.js';
import type { StorageService } from '../../storage/storage.service.js';

/**
 * Tells at the start which rule the buckets need to which pages of other origins send files, once for all that need the same. Whether
 * they have it is not asked: an application has no right to know.
 * @param storages By their names.
 */
export function sayCorsRules(storages: Iterable<readonly [name: string, storage: StorageService]>): void {
  const needed = new Map<string, string[]>();
  for (const [name, storage] of storages) {
    const { corsRule } = storage.as(Presigning);
    if (!corsRule) continue;
    const rule = JSON.stringify([corsRule]);
    needed.set(rule, [...(needed.get(rule) ?? []), `"${name}"`]);
  }
  for (const [rule, names] of needed)
    new Logger('StorageHttp').debug(
      `Pages of other origins send files straight to the bucket of ${names.join(', ')} when it has this CORS rule, with the origins of your pages: ${rule}`,
    );
}
