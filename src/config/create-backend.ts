import type { StorageBackend } from '../core/backend.js';
import { StorageError } from '../core/error.js';
import type { StorageEnv } from './env.js';

/**
 * The backend of the storage `name`, as the environment describes it. The one place that maps a word to code.
 * On disk a storage has the folder of its name in STORAGE_LOCAL_ROOT; the default storage is that folder itself.
 * @throws StorageError INVALID_ARGUMENT, reason `config`, when a storage in S3 has no bucket; UNSUPPORTED when the
 * package that the provider needs is not installed; with STORAGE_CREATE_BUCKETS what S3Buckets throws.
 */
export async function createBackend(env: StorageEnv, name = 'default'): Promise<StorageBackend> {
  // Each provider is loaded when it is asked for, so that an application carries only its own.
  if (env.provider === 'local') {
    const { createLocalBackend } = await import('./create-local-backend.js');
    return createLocalBackend(env, name);
  }
  const { createS3Backend } = await import('./create-s3-backend.js').catch((error: unknown) => {
    throw missingPackage(error, env.provider, name);
  });
  return createS3Backend(env, env.provider, name);
}

/** What the failed import of a provider means: https://nodejs.org/api/errors.html#err_module_not_found */
function missingPackage(error: unknown, provider: string, storage: string): unknown {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const [, name] = /Cannot find package '([^']+)'/.exec(String(message)) ?? [];
  if (code !== 'ERR_MODULE_NOT_FOUND' || name === undefined) return error;
  return new StorageError(
    'UNSUPPORTED',
    `STORAGE_PROVIDER is "${provider}", which needs ${name}: run npm install ${name}`,
    { storage, reason: 'provider', cause: error },
  );
}
