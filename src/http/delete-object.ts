import { StorageError } from '../core/error.js';
import type { StorageService } from '../storage/storage.service.js';
import { evaluateConditions, isConditional } from './download/conditions.js';
import type { HttpRequest } from './message/http-request.js';

/** Deletes an object, if the conditions of `request` hold. @throws StorageError PRECONDITION_FAILED, and what `delete` throws. */
export async function deleteObject(
  { headers, method }: HttpRequest,
  storage: StorageService,
  key: string,
): Promise<void> {
  if (!isConditional(headers)) return storage.delete(key);
  const info = await storage.head(key);
  if (evaluateConditions(method, headers, info) !== 'proceed')
    throw new StorageError('PRECONDITION_FAILED', 'A condition of the request fails');
  await storage.delete(key, { ifMatch: info.etag });
}
