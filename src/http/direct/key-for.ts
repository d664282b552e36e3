import { contentTypeOf, UNKNOWN_TYPE } from '../../core/content-type.js';
import { keyProblem } from '../../core/key.js';
import type { StorageAccess } from '../access/storage-access.js';
import { refusal } from '../errors/refuse.js';
import type { HttpRequest } from '../message/http-request.js';
import { assertOwnKey } from '../pending/assert-own-key.js';
import { inScope } from '../pending/in-scope.js';
import { groupOf } from '../upload/group-of.js';

/**
 * As of an upload in a form, by what is declared: what the content is nobody knows yet.
 * @throws StorageError INVALID_ARGUMENT, reason `key`; UNSUPPORTED, see `assertOwnKey`; what the `key` of the application throws.
 */
export async function keyFor(
  request: HttpRequest,
  { storage, scope, hides, served }: StorageAccess,
  name: string,
  contentType: string,
): Promise<string> {
  const { key: own } = served.options;
  if (served.pending) await assertOwnKey(served.storage, served.pending, served.options);
  // What is declared as nothing in particular has the extension of its name.
  const told = contentType === UNKNOWN_TYPE ? contentTypeOf(name) : contentType;
  const key = own
    ? await own({ field: '', name, contentType }, request)
    : storage.newKey({ contentType: told, group: groupOf(served.options, request) });
  const problem = keyProblem(key) ?? keyProblem(inScope(scope, key));
  if (problem !== undefined || hides(key))
    throw refusal('INVALID_ARGUMENT', `The key is not valid: ${problem ?? 'it is kept'}`, 'key');
  return key;
}
