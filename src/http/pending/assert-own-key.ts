import { StorageError } from '../../core/error.js';
import type { StorageService } from '../../storage/storage.service.js';
import type { ResolvedRules } from '../upload/resolve-rules.js';
import type { PendingArea } from './pending-area.js';

/**
 * Looks before a client sends anything whether it can have a key that others may write to: that takes a copy which does not replace.
 * Asked once, by a copy of nothing: which conditions a storage holds nothing else tells.
 * @throws StorageError UNSUPPORTED where the storage has no such copy; what `copy` throws.
 */
export async function assertOwnKey(
  root: StorageService,
  area: PendingArea,
  { key }: Pick<ResolvedRules, 'key'>,
): Promise<void> {
  if (area.keepsFromReplacing || (key === undefined && root.hasUniqueKeys)) return;
  const nothing = area.newHeldKey('nothing');
  try {
    await root.copy(nothing, `${nothing}-copied`, { ifAbsent: true });
  } catch (error) {
    if (!StorageError.is(error, 'NOT_FOUND')) throw error;
  }
  area.keepsFromReplacing = true;
}
