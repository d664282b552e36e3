import { join } from 'node:path';
import type { StorageBackend } from '../core/backend.js';
import { StorageError } from '../core/error.js';
import type { StorageEnv } from './env.js';

/**
 * The backend of the storage `name`, as the environment describes it. The one place that maps a word to code.
 * On disk a storage has the folder of its name in STORAGE_LOCAL_ROOT; the default storage is that folder itself.
 * @throws StorageError UNSUPPORTED for a provider that does not exist yet.
 */
export async function createBackend(env: StorageEnv, name = 'default'): Promise<StorageBackend> {
  // Each provider is loaded when it is asked for, so that an application carries only its own.
  if (env.provider === 'local') {
    const { LocalBackend } = await import('../backends/local/backend.js');
    const { root, durability } = env.local;
    return new LocalBackend({ root: name === 'default' ? root : join(root, name), durability });
  }
  throw new StorageError(
    'UNSUPPORTED',
    `STORAGE_PROVIDER is "${env.provider}", which is not supported yet: pass local`,
    { storage: name, reason: 'provider' },
  );
}
