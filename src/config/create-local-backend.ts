import { join } from 'node:path';
import { LocalBackend } from '../backends/local/backend.js';
import type { StorageEnv } from './env.js';

/**
 * The backend of the storage `name` on disk: a folder of its name in STORAGE_LOCAL_ROOT, for the default storage that
 * folder itself. It signs URLs when there are a secret and a URL of the application.
 * @param baseUrl Default: STORAGE_PUBLIC_URL.
 * @throws StorageError INVALID_ARGUMENT, reason `config`, for a secret of fewer than 32 characters.
 */
export function createLocalBackend(
  env: Pick<StorageEnv, 'local' | 'signingSecret' | 'publicUrl' | 'presignedUrlExpiry'>,
  name: string,
  baseUrl: string | (() => string) | undefined = env.publicUrl,
): LocalBackend {
  const { root, durability } = env.local;
  const { signingSecret: secret, presignedUrlExpiry: expiresIn } = env;
  return new LocalBackend({
    root: name === 'default' ? root : join(root, name),
    durability,
    signing:
      secret === undefined || baseUrl === undefined
        ? undefined
        : { secret, baseUrl, storage: name, expiresIn },
  });
}
