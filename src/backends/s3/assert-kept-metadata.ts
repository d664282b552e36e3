import { StorageError } from '../../core/error.js';
import type { ProviderProfile } from './profile.js';

/** @throws StorageError UNSUPPORTED for a name of metadata that the server would give back as another one. */
export function assertKeptMetadata(
  { title, metadataUnderscore }: Pick<ProviderProfile, 'title' | 'metadataUnderscore'>,
  metadata: Readonly<Record<string, string>> | undefined,
): void {
  if (!metadata || metadataUnderscore) return;
  const name = Object.keys(metadata).find((one) => one.includes('_'));
  if (name === undefined) return;
  throw new StorageError('UNSUPPORTED', `${title} turns the "_" of the metadata "${name}" into a "-"`, {
    reason: 'metadata',
  });
}
