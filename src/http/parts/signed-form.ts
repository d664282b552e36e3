import { StorageError } from '../../core/error.js';
import type { SignUploadOptions } from '../../core/sign-options.js';
import type { SignedUrl } from '../../core/signed-url.js';
import type { StorageService } from '../../storage/storage.service.js';
import { refusal } from '../errors/refuse.js';

/**
 * A POST form for one file, whose policy the storage holds it to.
 * @param refused What a client is told where the storage has no forms, and its reason.
 * @throws StorageError INVALID_ARGUMENT then; what `signedUrl` throws.
 */
export async function signedForm(
  storage: StorageService,
  key: string,
  options: Omit<SignUploadOptions, 'method'>,
  refused: { readonly detail: string; readonly reason: string },
): Promise<SignedUrl> {
  try {
    return await storage.signedUrl(key, { ...options, method: 'POST' });
  } catch (error) {
    if (!StorageError.is(error, 'UNSUPPORTED') || error.reason !== 'POST') throw error;
    throw refusal('INVALID_ARGUMENT', refused.detail, refused.reason, { cause: error });
  }
}
